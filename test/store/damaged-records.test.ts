import { expect } from 'chai';
import fc from 'fast-check';
import { MqttMessage } from '../../src/message.js';
import { RestoredPublication } from '../../src/client/publishing/publication.js';
import type { StoredMessage } from '../../src/protocol/session-recorder.js';
import { encodeMessage, encodeReceipt, messageKey, positionKey } from '../../src/store/records.js';
import { TestSession } from '../protocol/support.js';
import { load } from './loading.js';

type Entry = readonly [key: string, value: Uint8Array | readonly number[]];

const format: Entry = ['f', [1]];
const entriesOf = (...entries: readonly Entry[]) =>
  new Map([format, ...entries].map(([key, value]) => [key, Uint8Array.from(value)]));

const encoded = (fields: Partial<StoredMessage> = {}) =>
  encodeMessage(
    new RestoredPublication({
      topic: 'a/b',
      payload: Uint8Array.of(1, 2, 3),
      qos: 2,
      requestedQoS: 2,
      retain: false,
      properties: undefined,
      expiresAt: undefined,
      tag: undefined,
      stage: 'queued',
      packetId: 0,
      sentBefore: false,
      ...fields,
    }),
    0,
  );
const [first, second] = [messageKey(0), messageKey(1)];
const sent = (packetId: number) => encoded({ stage: 'sent', packetId });
/** A message with these details as JSON. */
const withDetails = (json: string): number[] => {
  const text = [...Buffer.from(json)];
  return [0x80 | 1 | (1 << 2), 0, 0, 0, 1, 97, 0, 0, 0, text.length, ...text];
};

/** Each kind of damage, and what the error says of it. */
const damaged: Readonly<Record<string, readonly [says: RegExp, ...entries: Entry[]]>> = {
  'a record that no version knows': [/'x1'.*knows no such record/, ['x1', [1]]],
  'a record without a number': [/'m'.*knows no such record/, ['m', encoded()]],
  'a newer format': [/'f'.*this version reads format 1/, ['f', [2]]],
  'a format of two bytes': [/'f'.*this version reads format 1/, ['f', [1, 0]]],
  'an empty format': [/'f'.*this version reads format 1/, ['f', []]],
  'a message under another key': [/'m1'.*it has no sequence number/, ['m1', encoded()]],
  'a message under a key in capitals': [/it has no sequence number/, ['m0000000000A', encoded()]],
  'a message under a key of another length': [/it has no sequence number/, [`${first}0`, encoded()]],
  'an empty message': [/ends after 0 bytes/, [first, []]],
  'a message without a topic': [/it has no topic/, [first, [5, 0, 0, 0, 0, 1]]],
  'a message whose topic is no UTF-8': [/its text is no UTF-8/, [first, [5, 0, 0, 0, 1, 0xff]]],
  'a QoS of 3': [/it has a QoS of 3/, [first, [3, 0, 0, 0, 1, 97]]],
  'a requested QoS of 3': [/it has a QoS of 3/, [first, [1 | (3 << 2), 0, 0, 0, 1, 97]]],
  'a message of QoS 0 in flight': [/QoS 0 and packet identifier 1/, [first, [0, 0, 1, 0, 1, 97]]],
  'a released message of QoS 1': [/QoS 1 and packet identifier 1/, [first, [0x45, 0, 1, 0, 1, 97]]],
  'a released message without an identifier': [/packet identifier 0/, [first, [0x4a, 0, 0, 0, 1, 97]]],
  'details that are no JSON': [/its details are no JSON/, [first, withDetails('{')]],
  'details that are null': [/its details are no object/, [first, withDetails('null')]],
  'details that are a number': [/its details are no object/, [first, withDetails('1')]],
  'an expiry that is text': [/details have another type/, [first, withDetails('{"expiresAt":"1"}')]],
  'a tag that is a number': [/details have another type/, [first, withDetails('{"tag":1}')]],
  'correlation data that is a number': [/details have another type/, [first, withDetails('{"correlationData":1}')]],
  'properties that are text': [/properties are no object/, [first, withDetails('{"properties":"x"}')]],
  'properties that are null': [/properties are no object/, [first, withDetails('{"properties":null}')]],
  'user properties that are a number': [
    /'userProperties' has/,
    [first, withDetails('{"properties":{"userProperties":5}}')],
  ],
  'a user property of one text': [
    /'userProperties' has/,
    [first, withDetails('{"properties":{"userProperties":[["a"]]}}')],
  ],
  'a user property of one text after another one': [
    /'userProperties' has/,
    [first, withDetails('{"properties":{"userProperties":[["a","b"],["a"]]}}')],
  ],
  'a user property with a number': [
    /'userProperties' has/,
    [first, withDetails('{"properties":{"userProperties":[["a",1]]}}')],
  ],
  'a content type that is a number': [/'contentType' has/, [first, withDetails('{"properties":{"contentType":5}}')]],
  'a response topic that is a list': [
    /'responseTopic' has/,
    [first, withDetails('{"properties":{"responseTopic":[]}}')],
  ],
  'an expiry interval that is text': [
    /'messageExpiryInterval' has/,
    [first, withDetails('{"properties":{"messageExpiryInterval":"5"}}')],
  ],
  'a format indicator that is a number': [
    /'payloadFormatIndicator' has/,
    [first, withDetails('{"properties":{"payloadFormatIndicator":1}}')],
  ],
  'a property that no version knows': [/'x' has/, [first, withDetails('{"properties":{"x":1}}')]],
  'details that are longer than the record': [/ends after/, [first, withDetails('{}').slice(0, -1)]],
  'a position without its message': [/it has no message/, [positionKey(0), [0, 1, 1]]],
  'a position of two bytes': [/2 bytes and not 3/, [first, encoded()], [positionKey(0), [0, 1]]],
  'a position without an identifier': [/identifier 0/, [first, encoded()], [positionKey(0), [0, 0, 1]]],
  'a position of QoS 0': [/QoS 0/, [first, encoded()], [positionKey(0), [0, 1, 0]]],
  'a position of QoS 3': [/QoS of 3/, [first, encoded()], [positionKey(0), [0, 1, 3]]],
  'a position of a released message': [
    /its message is released/,
    [first, encoded({ stage: 'released', packetId: 1 })],
    [positionKey(0), [0, 1, 2]],
  ],
  'two messages with one identifier': [/identifier 7, which is not free/, [first, sent(7)], [second, sent(7)]],
  'a message with an identifier that must not be used': [
    /'s'.*identifier 7, which is not free/,
    [first, sent(7)],
    ['s', [0, 7]],
  ],
  'an identifier of 0 that must not be used': [/'s'.*identifier 0/, ['s', [0, 0]]],
  'an odd number of bytes of identifiers': [/odd number of bytes/, ['s', [0, 7, 0]]],
  'a receipt without an identifier': [/no packet identifier/, ['r0', [0, 0, 0, 0]]],
  'a receipt with an identifier above 65,535': [/no packet identifier/, ['r65536', [0, 0, 0, 0]]],
  'a receipt under a key in another form': [/no packet identifier/, ['r0x1', [0, 0, 0, 0]]],
  'a receipt with a part of an identifier': [/no packet identifier/, ['r1.5', [0, 0, 0, 0]]],
  'a receipt of 3 bytes': [/3 bytes where 4 are the number of a session/, ['r1', [0, 0, 0]]],
  'a receipt that ends in its message': [/ends after 1 bytes/, ['r1', [0, 0, 0, 0, 2]]],
  'a session without a number': [/0 bytes where 4/, ['e', []]],
  'an empty client identifier': [/it is empty/, ['c', []]],
  'a client identifier that is no UTF-8': [/its text is no UTF-8/, ['c', [0xff]]],
};

describe('a stored session that is damaged', () => {
  for (const [name, [says, ...entries]] of Object.entries(damaged)) {
    it(`is unreadable: ${name} [S99]`, () => {
      const { error } = load(entriesOf(...entries));
      expect(error).to.include({ code: 'STORE_UNREADABLE', retryable: false });
      expect(error!.message).to.match(says);
      expect(error!.message).to.contain('give the store to the version that wrote it, or move it away');
    });
  }

  it('is unreadable without its format, also if it has nothing else that is known [S99]', () => {
    for (const key of ['c', 'e', 's', first, 'x1']) {
      const { error } = load(new Map([[key, encoded()]]));
      expect(error).to.include({ code: 'STORE_UNREADABLE' });
    }
    expect(load(new Map([[first, encoded()]])).error!.message).to.contain("'f'");
  });

  it('is empty only if it has no record at all', () => {
    expect(load(new Map()).loaded).to.deep.include({ hasFormat: false, nextSequence: 0, epoch: 0, outdated: [] });
  });

  it('is unreadable or loads, wherever a record is cut off [S99]', () => {
    const properties = { contentType: 'x', correlationData: Uint8Array.of(0, 255) };
    const values: Readonly<Record<string, Uint8Array>> = {
      [first]: encoded({ tag: 'tag', expiresAt: 5, properties }),
      [second]: sent(3),
      r5: encodeReceipt(new MqttMessage('a/b', Uint8Array.of(1, 2), 2, false, false, 5, properties), 0),
      e: Uint8Array.of(0, 0, 0, 0),
      s: Uint8Array.of(0, 1, 0, 2),
      c: Uint8Array.of(97),
    };
    expect(load(entriesOf(...Object.entries(values))).error).to.equal(undefined);
    for (const [key, value] of Object.entries(values))
      for (let length = 0; length < value.length; length++) {
        const { error, loaded } = load(entriesOf(...Object.entries({ ...values, [key]: value.subarray(0, length) })));
        if (loaded === undefined) expect(error, `${key} at ${length}`).to.include({ code: 'STORE_UNREADABLE' });
      }
  });

  const keys = fc.constantFrom(first, second, positionKey(0), positionKey(1), 'c', 'e', 's', 'r1', 'r2');
  const anyBytes = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.json().map(json => Uint8Array.from(withDetails(json))),
    fc.constantFrom(encoded(), sent(1), sent(2), Uint8Array.of(0, 1, 1), Uint8Array.of(0, 0, 0, 0)),
  );

  it('is unreadable or a session that can be restored, whatever bytes it has [S99]', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(keys, anyBytes), { maxLength: 6 }), entries => {
        const { loaded, error } = load(entriesOf(...entries));
        if (loaded === undefined) {
          expect(error).to.include({ code: 'STORE_UNREADABLE' });
          return;
        }
        const { session } = new TestSession();
        session.restore(loaded.restored);
        const { messages, spentIds, received } = loaded.restored;
        const inFlight = messages.filter(({ stage }) => stage !== 'queued').length;
        expect(session.snapshot()).to.include({
          queued: messages.length - inFlight,
          inFlight,
          received: received.size,
          packetIdsInUse: inFlight + spentIds.length,
        });
      }),
      { numRuns: 2000 },
    );
  });
});
