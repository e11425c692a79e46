import { ignoreElements, merge, tap } from 'rxjs';
import { recordTrace } from '../../trace/index.js';
import { readInteger } from '../arguments.js';
import type { Command } from '../command.js';
import { connectionOptions, readQos, readTarget } from '../connection-options.js';
import { UsageError } from '../usage-error.js';
import { startWatch } from '../watch/index.js';
import { withClient } from '../with-client.js';

export const watch: Command = {
  usage: 'URL FILTER...',
  summary: 'show a live connection as a page on this machine',
  options: {
    qos: { type: 'string', short: 'q', value: '0|1|2', help: 'QoS of the subscription (1)' },
    port: { type: 'string', value: 'PORT', help: 'port of the page (a free one)' },
    ...connectionOptions,
  },
  notes: ['It prints the URL of the page; Ctrl-C ends it'],
  examples: ["watch mqtt://localhost 'sensors/#'"],
  async run(args, terminal) {
    const target = await readTarget(args, terminal);
    if (target.rest.length === 0) throw new UsageError("which topics? Write a filter, such as 'sensors/#'");
    const port = readInteger(args.text('port') ?? '0', 'port', 0, 65_535);
    return withClient(target, terminal, client => {
      const page$ = startWatch(recordTrace(client), { port }).pipe(tap(({ url }) => terminal.stdout.write(`${url}\n`)));
      return merge(page$, client.topic$(target.rest, { qos: readQos(args, 1) })).pipe(ignoreElements());
    });
  },
};
