#!/usr/bin/env node
import { main } from './main.js';

// a reader such as `head` may close the pipe
process.stdout.on('error', error => {
  process.exit((error as NodeJS.ErrnoException).code === 'EPIPE' ? 0 : 1);
});

process.exitCode = await main(process.argv.slice(2));
