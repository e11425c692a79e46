import { startGreenhouse } from './start.js';

const greenhouse = await startGreenhouse(Number(process.env['PORT'] ?? 4300));
console.log(`\nThe dashboard is at ${greenhouse.url} (Ctrl-C ends it).`);
process.once('SIGINT', () => void greenhouse.close());
process.once('SIGTERM', () => void greenhouse.close());
