import { type Account, type Ledger, isSound } from './ledger.js';

const names = { 0: 'QoS 0  temperature', 1: 'QoS 1  humidity', 2: 'QoS 2  power' } as const;
const levels = [0, 1, 2] as const;

/** Returns the ledger as four lines. Messages that are open while the demo runs are lost at its end. */
export function table(ledger: Ledger, last: 'open' | 'lost'): string[] {
  const columns: readonly (readonly [string, (account: Account) => number])[] = [
    ['sent', ({ sent }) => sent],
    ['refused', ({ refused }) => refused],
    ['resent', ({ resent }) => resent],
    ['received', ({ received }) => received],
    ['repeated', ({ repeated }) => repeated],
    [last, ({ open }) => open.size],
  ];
  const row = (name: string, cells: readonly (string | number)[]) =>
    ` ${name.padEnd(20)}${cells.map(cell => String(cell).padStart(9)).join('')}`;
  return [
    row(
      '',
      columns.map(([title]) => title),
    ),
    ...levels.map(qos =>
      row(
        names[qos],
        columns.map(([, count]) => count(ledger[qos])),
      ),
    ),
  ];
}

export const legend = [
  ' sent: accepted by the client; refused: QoS 0 without a connection (NOT_CONNECTED)',
  ' resent: PUBLISH with DUP, or PUBREL again, after the connection was lost',
  ' repeated: received again; lost: sent and never received',
];

/** Returns a sentence that compares the figures with the guarantees of MQTT. */
export function verdict(ledger: Ledger): string {
  const [once, exactly] = [ledger[1], ledger[2]];
  if (levels.every(qos => ledger[qos].sent === 0)) return ' Nothing was sent.';
  if (isSound(ledger)) {
    const repeats = once.repeated === 0 ? '' : ` and repeated ${once.repeated}, which at least once allows`;
    return ` QoS 1 lost no message${repeats}. QoS 2 lost none and repeated none.`;
  }
  return ` This breaks the guarantees of MQTT: QoS 1 lost ${once.open.size}; QoS 2 lost ${exactly.open.size} and repeated ${exactly.repeated}.`;
}
