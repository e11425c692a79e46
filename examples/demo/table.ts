import { type Account, type Ledger, isSound } from './ledger.js';

const names = { 0: 'QoS 0  temperature', 1: 'QoS 1  humidity', 2: 'QoS 2  power' } as const;
const levels = [0, 1, 2] as const;

/** The ledger as four lines. What is open while it runs is lost at the end. */
export function table(ledger: Ledger, last: 'open' | 'lost'): string[] {
  const columns: readonly (readonly [string, (account: Account) => number])[] = [
    ['sent', ({ sent }) => sent],
    ['refused', ({ refused }) => refused],
    ['resent', ({ resent }) => resent],
    ['received', ({ received }) => received],
    ['doubled', ({ doubled }) => doubled],
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
  ' lost: sent, never received',
  ' resent: PUBLISH with DUP, or PUBREL once more, after the connection was lost',
];

/** What the figures say of the promises of MQTT. */
export function verdict(ledger: Ledger): string {
  const [once, exactly] = [ledger[1], ledger[2]];
  if (levels.every(qos => ledger[qos].sent === 0)) return ' Nothing was sent.';
  if (isSound(ledger)) {
    const repeats = once.doubled === 0 ? '' : ` (${once.doubled} came twice, as it may)`;
    return ` QoS 1 lost nothing${repeats}; QoS 2 lost nothing and doubled nothing.`;
  }
  return ` Not as promised: QoS 1 lost ${once.open.size}; QoS 2 lost ${exactly.open.size} and doubled ${exactly.doubled}.`;
}
