import { startGreenhouse } from './start.js';

const port = Number(process.env['PORT'] ?? 4300);
const greenhouse = await startGreenhouse(port).catch((error: unknown) => {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
  console.error(`\nPort ${port} is in use: PORT=${port + 1} npm run dashboard takes another`);
  process.exit(1);
});
console.log(`\nThe dashboard is at ${greenhouse.url} (Ctrl-C ends it).`);
process.once('SIGINT', () => void greenhouse.close());
process.once('SIGTERM', () => void greenhouse.close());
