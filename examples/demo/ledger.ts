import type { QoS } from './library.js';

/** One thing that happened to a message. `id` names it: sensor and sequence number. */
export type Entry =
  | { readonly kind: 'sent'; readonly qos: QoS; readonly id: string }
  /** The client said that it is certainly not delivered: QoS 0 while there is no connection. */
  | { readonly kind: 'refused'; readonly qos: QoS; readonly id: string }
  | { readonly kind: 'received'; readonly qos: QoS; readonly id: string }
  /** PUBLISH with DUP, or PUBREL again. */
  | { readonly kind: 'resent'; readonly qos: QoS };

/** The figures of one QoS. */
export interface Account {
  /** Messages from the sensors that the client accepted. */
  readonly sent: number;
  readonly refused: number;
  readonly resent: number;
  /** Messages that arrived, each counted once. */
  readonly received: number;
  /** Messages that arrived again. */
  readonly repeated: number;
  /** Messages that the client accepted and that have not arrived. Those that are left at the end are lost. */
  readonly open: ReadonlySet<string>;
}

export type Ledger = Readonly<Record<QoS, Account>>;

const blank: Account = { sent: 0, refused: 0, resent: 0, received: 0, repeated: 0, open: new Set() };
export const emptyLedger: Ledger = { 0: blank, 1: blank, 2: blank };

/** For `scan(record, emptyLedger)`. Only open messages are kept by name, so a long run needs no more memory than a short one. */
export const record = (ledger: Ledger, entry: Entry): Ledger => ({
  ...ledger,
  [entry.qos]: add(ledger[entry.qos], entry),
});

function add(account: Account, entry: Entry): Account {
  switch (entry.kind) {
    case 'sent':
      return { ...account, sent: account.sent + 1, open: new Set(account.open).add(entry.id) };
    case 'refused':
      return {
        ...account,
        sent: account.sent - 1,
        refused: account.refused + 1,
        open: without(account.open, entry.id),
      };
    case 'resent':
      return { ...account, resent: account.resent + 1 };
    case 'received':
      return account.open.has(entry.id)
        ? { ...account, received: account.received + 1, open: without(account.open, entry.id) }
        : { ...account, repeated: account.repeated + 1 };
  }
}

function without(open: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const rest = new Set(open);
  rest.delete(id);
  return rest;
}

/** Whether all messages of QoS 1 and 2 have arrived. */
export const isComplete = (ledger: Ledger) => ledger[1].open.size === 0 && ledger[2].open.size === 0;

/** Whether the guarantees of MQTT hold: QoS 1 at least once, QoS 2 exactly once. QoS 0 guarantees nothing. */
export const isSound = (ledger: Ledger) => isComplete(ledger) && ledger[2].repeated === 0;
