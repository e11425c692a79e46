import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';

const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>rxjs-mqtt watch</title>
<link rel="icon" href="data:,">
<script type="module" src="page.js"></script>
<noscript>This page shows a trace by JavaScript.</noscript>
</html>
`;

/** Returns the file with the script of the page, which the build makes. */
function scriptFile(): string {
  // The package finds itself by its name, from its sources and from whichever file the build puts this module into.
  const manifest = createRequire(import.meta.url).resolve('rxjs-mqtt/package.json');
  return join(dirname(manifest), 'dist', 'watch-page.js');
}

/** Answers a request for a file of the page. */
export async function respond(response: ServerResponse, method: string, path: string, host: string): Promise<void> {
  if (method !== 'GET' && method !== 'HEAD') refuse(response, 405, 'The page is read by GET');
  else if (path === '') send(response, 'text/html', html, host);
  else if (path !== 'page.js') refuse(response, 404, 'There is nothing at this path');
  else {
    const script = await readFile(scriptFile()).catch(() => undefined);
    if (script) send(response, 'text/javascript', script, host);
    else refuse(response, 500, "The script of the page is not there; in the repository, run 'npm run build' first");
  }
}

/** Refuses a request in words, without saying what would be allowed. */
export function refuse(response: ServerResponse, status: number, words: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers }).end(`${words}\n`);
}

function send(response: ServerResponse, type: string, body: string | Uint8Array, host: string): void {
  response.writeHead(200, {
    'content-type': `${type}; charset=utf-8`,
    // The page loads its script, opens its WebSocket, and does nothing else, whatever a payload says.
    'content-security-policy':
      `default-src 'none'; script-src 'self'; connect-src ws://${host}; img-src data:; base-uri 'none'; ` +
      "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
    ...headers,
  });
  response.end(body);
}

const headers = {
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;
