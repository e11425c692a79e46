import { expect } from 'chai';
import fc from 'fast-check';
import { MqttMessage, type PublishProperties, type QoS } from '../../src/message.js';
import { RestoredPublication } from '../../src/client/publishing/publication.js';
import type { StoredMessage } from '../../src/protocol/session-recorder.js';
import {
  applyPosition,
  decodeEpoch,
  decodeIds,
  decodeMessage,
  decodeReceipt,
  encodeEpoch,
  encodeIds,
  encodeMessage,
  encodePosition,
  encodeReceipt,
  messageKey,
  positionKey,
  receiptKey,
  sequenceOf,
} from '../../src/store/records.js';

const bytes = (maxLength: number) => fc.uint8Array({ maxLength });
const words = fc.string({ unit: 'binary', maxLength: 20 }).map(text => text.replaceAll('\0', ''));
const topic = fc
  .oneof(words, fc.constant('\ufeffa'), fc.constant('a/ü/\u{1f600}'))
  .map(text => text.replaceAll(/[+#]/g, '') || 'a');
const properties: fc.Arbitrary<PublishProperties> = fc.record(
  {
    payloadFormatIndicator: fc.boolean(),
    messageExpiryInterval: fc.nat(0xffffffff),
    responseTopic: topic,
    correlationData: bytes(300),
    contentType: words,
    userProperties: fc.array(fc.tuple(words, words), { minLength: 1, maxLength: 4 }),
  },
  { requiredKeys: [] },
);

interface Fields {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retain: boolean;
  readonly properties: PublishProperties | undefined;
  readonly expiresAt: number | undefined;
  readonly tag: string | undefined;
}

const content: fc.Arbitrary<Fields> = fc.record({
  topic,
  payload: bytes(600),
  retain: fc.boolean(),
  properties: fc.option(properties, { nil: undefined }),
  expiresAt: fc.option(fc.nat(2 ** 40), { nil: undefined }),
  tag: fc.option(words, { nil: undefined }),
});
const position = fc.oneof(
  fc.record({
    stage: fc.constant('queued' as const),
    qos: fc.integer({ min: 0, max: 2 }),
    packetId: fc.constant(0),
    sentBefore: fc.boolean(),
  }),
  fc.record({
    stage: fc.constant('sent' as const),
    qos: fc.integer({ min: 1, max: 2 }),
    packetId: fc.integer({ min: 1, max: 0xffff }),
    sentBefore: fc.boolean(),
  }),
  fc.record({
    stage: fc.constant('released' as const),
    qos: fc.constant(2),
    packetId: fc.integer({ min: 1, max: 0xffff }),
    sentBefore: fc.boolean(),
  }),
);
const stored: fc.Arbitrary<StoredMessage> = fc.tuple(content, position, fc.boolean()).map(([rest, at, lowered]) => ({
  ...rest,
  ...at,
  qos: at.qos as QoS,
  requestedQoS: (at.stage === 'queued' || !lowered ? at.qos : 2) as QoS,
}));

describe('the records of a stored session', () => {
  it('hold a message byte for byte, wherever the clock stands [S177]', () => {
    fc.assert(
      fc.property(stored, fc.nat(2 ** 41), fc.nat(2 ** 41), (given, wroteAt, readAt) => {
        const read = decodeMessage('m', encodeMessage(new RestoredPublication(given), wroteAt), readAt);
        const { expiresAt } = given;
        expect(read).to.deep.equal({
          ...given,
          expiresAt: expiresAt === undefined ? undefined : expiresAt + wroteAt - readAt,
        });
      }),
    );
  });

  it('hold user properties in their order, and correlation data of all bytes [S177]', () => {
    const correlationData = Uint8Array.from({ length: 256 }, (_, i) => i);
    const userProperties: [string, string][] = [
      ['b', '1'],
      ['a', '2'],
      ['b', ''],
      ['__proto__', 'x'],
    ];
    const given = { correlationData, userProperties };
    const message = new RestoredPublication({
      topic: 'a',
      payload: correlationData,
      qos: 1,
      requestedQoS: 1,
      retain: false,
      properties: given,
      expiresAt: undefined,
      tag: undefined,
      stage: 'queued',
      packetId: 0,
      sentBefore: false,
    });
    const read = decodeMessage('m', encodeMessage(message, 0), 0);
    expect(read.properties).to.deep.equal(given);
    expect(read.payload).to.deep.equal(correlationData);
  });

  it('do not share the memory that the store gave', () => {
    const value = encodeMessage(
      new RestoredPublication({
        topic: 'a',
        payload: Uint8Array.of(1),
        qos: 1,
        requestedQoS: 1,
        retain: false,
        properties: undefined,
        expiresAt: undefined,
        tag: undefined,
        stage: 'queued',
        packetId: 0,
        sentBefore: false,
      }),
      0,
    );
    const { payload } = decodeMessage('m', value, 0);
    value.fill(0);
    expect([...payload]).to.deep.equal([1]);
  });

  it('hold the packet identifier, the QoS and the withdrawal of a message that is sent', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 0xffff }),
        fc.constantFrom(1, 2),
        fc.boolean(),
        (packetId, qos, withdrawn) => {
          const given: StoredMessage = {
            topic: 'a',
            payload: new Uint8Array(),
            qos: 2,
            requestedQoS: 2,
            retain: false,
            properties: undefined,
            expiresAt: undefined,
            tag: undefined,
            stage: 'queued',
            packetId: 0,
            sentBefore: false,
          };
          const [message, restored] = [new RestoredPublication(given), new RestoredPublication(given)];
          Object.assign(message, { packetId, qos, withdrawn, stage: 'sent' });
          applyPosition(restored, 'p', encodePosition(message));
          expect(restored).to.include({ packetId, qos, withdrawn, stage: 'sent' });
        },
      ),
    );
  });

  it('hold a received message until it is delivered, and then only its identifier [S175]', () => {
    fc.assert(
      fc.property(content, fc.integer({ min: 1, max: 0xffff }), fc.nat(0xffffffff), (given, packetId, epoch) => {
        const { topic, payload, retain, properties = {} } = given;
        const message = new MqttMessage(topic, payload, 2, retain, false, packetId, properties);
        const { epoch: read, message: restored } = decodeReceipt('r', encodeReceipt(message, epoch));
        expect(read).to.equal(epoch);
        expect(restored).to.include({ topic, qos: 2, retain, dup: true, packetId });
        expect(restored!.payload).to.deep.equal(payload);
        expect(restored!.properties).to.deep.equal(properties);
        expect(decodeReceipt('r', encodeReceipt('delivered', epoch))).to.deep.equal({ epoch, message: undefined });
      }),
    );
  });

  it('hold identifiers, and the number of the session', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 0xffff }), { maxLength: 50 }),
        fc.nat(0xffffffff),
        (ids, epoch) => {
          expect(decodeIds('s', encodeIds(ids))).to.deep.equal(ids);
          expect(decodeEpoch('e', encodeEpoch(epoch))).to.equal(epoch);
        },
      ),
    );
  });

  it('have keys in the order of publishing, of ASCII and at most 40 characters', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
        expect(messageKey(a) < messageKey(b)).to.equal(a < b);
        for (const key of [messageKey(a), positionKey(a)]) {
          expect(key).to.match(/^[a-z][a-z0-9]{1,39}$/);
          expect(sequenceOf(key)).to.equal(a);
        }
      }),
    );
    expect([1, 0xffff].map(receiptKey)).to.deep.equal(['r1', 'r65535']);
  });
});
