#!/usr/bin/env node
import { main } from './main.js';
import { isClosedPipe } from './terminal.js';

// a command that goes on disconnects when a reader such as `head` closes the pipe (stop$); the others end by themselves
process.stdout.on('error', error => {
  if (!isClosedPipe(error)) process.exit(1);
});

process.exitCode = await main(process.argv.slice(2));
// an input that is still open, as that of `pub` after Ctrl-C, would keep the process
process.stdin.destroy();
