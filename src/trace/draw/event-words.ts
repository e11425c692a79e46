import { hex, piece } from '../../quoted.js';
import type { TraceAck, TraceStart, TraceState, TraceStream, TraceWarning } from '../trace-event.js';
import { some, topicWords } from './packet-words.js';
import { shortened } from './picture/text-width.js';
import { durationWords } from './trace-time.js';

const longestCode = 32;

/** A state of the connection: `connecting, attempt 2`, `CONNECTION_CLOSED, again in 1 s`. */
export function stateWords({ status, attempt, delay, error }: TraceState): string {
  const code = error === undefined ? '' : codeWords(error.code);
  switch (status) {
    case 'connecting':
      return attempt === undefined || attempt === 1 ? status : `${status}, attempt ${attempt}`;
    case 'reconnecting':
      return [code, delay === undefined ? status : `again in ${durationWords(Math.round(delay))}`]
        .filter(Boolean)
        .join(', ');
    default:
      return [codeWords(status), code].filter(Boolean).join(', ');
  }
}

/** A settlement: `#7 delivered`, `#7 PUBLISH_REFUSED`, `#3 subscribed`, `#3 refused 0x87`. */
export function ackWords({ kind, packetId, delivery, reasonCodes = [], error }: TraceAck): string {
  return [packetId > 0 ? `#${packetId}` : '', outcome()].filter(Boolean).join(' ');

  function outcome(): string {
    if (error !== undefined) return codeWords(error.code);
    if (kind === 'publish') return delivery ?? 'settled';
    const refused = reasonCodes.filter(code => code >= 0x80);
    return refused.length > 0 ? `refused ${some(refused, hex).join(' ')}` : `${codeWords(kind)}d`;
  }
}

/** Whether the broker or the client refused what was asked for. */
export const isRefused = ({ delivery = 'delivered', reasonCodes = [], error }: TraceAck): boolean =>
  error !== undefined || delivery !== 'delivered' || reasonCodes.some(code => code >= 0x80);

export const warningWords = ({ code }: TraceWarning): string => codeWords(code);

/** The name of the row of streams with these filters. */
export const streamWords = ({ filters }: TraceStream): string =>
  `topic$(${some(filters, filter => `'${topicWords(filter)}'`).join(', ')})`;

/** The time of the wall clock at the start of a trace, in UTC. */
export function startWords({ startedAt }: TraceStart): string {
  if (!(Math.abs(startedAt) <= 8.64e15)) return 'start';
  // eslint-disable-next-line no-restricted-globals -- formats a time, and reads no clock
  return `start, ${new Date(startedAt).toISOString()}`;
}

const codeWords = (code: string): string => shortened(piece(code), longestCode);
