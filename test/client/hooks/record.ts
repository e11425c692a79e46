import type { ClientHooks, Ending, PublishSettlement } from '../../../src/index.js';

const endingOf = (ending: Ending) =>
  ending.status === 'failed' ? `failed (${(ending.error as Error).message})` : ending.status;

const settlementOf = (settlement: PublishSettlement) =>
  'error' in settlement ? `${settlement.delivery} ${settlement.error.code}` : settlement.delivery;

/** Returns hooks that write a line for each call. `name` begins each line. */
export function recordingHooks(lines: string[], name = ''): ClientHooks {
  const log = (line: string) => void lines.push(name + line);
  const run = (what: string) => (call: () => void) => {
    log(`${what} {`);
    call();
    log(`} ${what}`);
  };
  return {
    onPublish: ({ origin, topic, qos }) => {
      log(`${origin} ${topic} q${qos}`);
      return {
        onQueued: () => log(`${topic} queued`),
        onSent: ({ packetId, dup }) => log(`${topic} sent${packetId === undefined ? '' : ' #'}${dup ? ' dup' : ''}`),
        onSettled: settlement => log(`${topic} ${settlementOf(settlement)}`),
      };
    },
    onReceive: ({ topic }, filters) => {
      log(`received ${topic} by ${filters.join(' ')}`);
      return { run: run(`deliver ${topic}`) };
    },
    onHandle: ({ message: { topic }, by, filters, attempt }) => {
      log(`${by} ${topic} by ${filters.join(' ')} ${attempt}`);
      return { run: run(`handle ${topic}`), onEnded: ending => log(`handled ${topic}: ${endingOf(ending)}`) };
    },
    onRequest: ({ topic }) => {
      log(`request ${topic} begins`);
      return {
        run: run(`request ${topic}`),
        onReply: reply => log(`reply ${reply.text()}`),
        onEnded: ending => log(`request ${topic}: ${endingOf(ending)}`),
      };
    },
    onStream: ({ filters, options }) => {
      log(`stream ${filters.join(' ')} q${options.qos ?? 1} begins`);
      return { onEnded: ending => log(`stream ${filters.join(' ')}: ${endingOf(ending)}`) };
    },
  };
}

/** Returns the hooks of a recording without those of other kinds. */
export function only(hooks: ClientHooks, ...names: (keyof ClientHooks)[]): ClientHooks {
  return Object.fromEntries(names.map(name => [name, hooks[name]]));
}
