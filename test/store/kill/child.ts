// Publishes and receives with a store until it is killed. It reports by synchronous writes, which outlive it in the pipe.
import { writeSync } from 'node:fs';
import { ClassicLevel } from 'classic-level';
import { MqttError, type ProtocolVersion, mqtt } from '../../../src/index.js';
import { levelStore } from '../../../src/store/index.js';

const [url = '', location = '', version, sync, first, mode] = process.argv.slice(2);
/** Writes a line, in several pieces where the parent is slow to read. */
function say(line: string): void {
  const bytes = Buffer.from(`${line}\n`);
  for (let written = 0; written < bytes.length;) {
    try {
      written += writeSync(1, bytes, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
}

const fail = (error: unknown) => {
  say(`failed ${String(error)}`);
  process.exit(1);
};

const client = mqtt(url, {
  clientId: 'child',
  clean: false,
  protocolVersion: Number(version) as ProtocolVersion,
  store: levelStore(new ClassicLevel(location), { sync: sync === 'sync' }),
  reconnect: { initial: 10, max: 50 },
  quiet: true,
});
client.warning$.subscribe(({ code }) => fail(code));
client.topic$('in', { qos: 2 }).subscribe({ next: message => say(`received ${message.text()}`), error: fail });
client
  .topic$('manual', { qos: 2, ack: 'manual' })
  .subscribe({ next: message => (say(`received ${message.text()}`), message.ack()), error: fail });
client.ack$.subscribe(({ kind }) => {
  if (kind === 'subscribe') say('subscribed');
});
client.restored$.subscribe({ next: () => say('ready'), error: fail });

let id = Number(first);
function publish(): void {
  for (let i = 0; i < 10; i++) {
    const name = String(id++);
    say(`published ${name}`);
    client.publish('out', name, { qos: Number(name) % 2 === 0 ? 2 : 1, until: 'queued', tag: name }).subscribe({
      next: () => say(`durable ${name}`),
      error: (error: unknown) => {
        if (!MqttError.is(error, 'QUEUE_FULL')) fail(error);
      },
    });
  }
}
if (mode !== 'drain') setInterval(publish, 3);
