import { kit } from './kit.js';

// a page that lets no script in from outside shows by itself what came of it
const violations: string[] = [];
addEventListener('securitypolicyviolation', ({ effectiveDirective }) => violations.push(effectiveDirective));

const url = new URL(location.href).searchParams.get('broker')!;
const shows = (result: unknown) => {
  document.querySelector('output')!.value = JSON.stringify({ result, violations });
};

kit.exchange(url, { reconnect: false }).then(shows, (error: unknown) => shows(String(error)));
