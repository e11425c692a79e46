import { expect } from 'chai';
import type { Observable } from 'rxjs';
import {
  type ConsumeOptions,
  type MqttError,
  type MqttOptions,
  type TopicOptions,
  memoryTransport,
  mqtt,
} from '../../../src/index.js';

const client = () => mqtt('mqtt://memory', { transport: memoryTransport(() => undefined) });

/** The subject of the INVALID_ARGUMENT with which a stream errors at once. */
const subjectOf = (stream$: Observable<unknown>): string | undefined => refusalOf(stream$).subject;

function refusalOf(stream$: Observable<unknown>): MqttError {
  let failure: MqttError | undefined;
  stream$.subscribe({ error: (error: unknown) => (failure = error as MqttError) });
  expect(failure).to.include({ code: 'INVALID_ARGUMENT' });
  return failure!;
}

describe('acknowledgement: bad options', () => {
  for (const [subject, options] of Object.entries({
    ack: { ack: 'later' },
    latest: { ack: 'manual', latest: true },
    buffer: { buffer: { size: 1 } },
    'buffer.size': { ack: 'manual', buffer: { size: 0 } },
    'buffer.bytes': { ack: 'manual', buffer: { bytes: '1 MiB' } },
    'buffer.overflow': { ack: 'manual', buffer: { overflow: 'pause' } },
  })) {
    it(`topic$ with ${JSON.stringify(options)} is INVALID_ARGUMENT`, () => {
      expect(subjectOf(client().topic$('t', options as TopicOptions))).to.equal(subject);
    });
  }

  for (const [subject, options] of Object.entries({
    concurrency: { concurrency: 0 },
    latest: { latest: true },
    qos: { qos: 3 },
    'buffer.overflow': { buffer: { overflow: 'drop' } },
  })) {
    it(`consume with ${JSON.stringify(options)} is INVALID_ARGUMENT`, () => {
      expect(subjectOf(client().consume('t', () => undefined, options as ConsumeOptions))).to.equal(subject);
    });
  }

  for (const [options, message] of [
    [{ onerror: 'ack' }, "unknown consume option 'onerror'; did you mean 'onError'?"],
    [{ concurency: 2 }, "unknown consume option 'concurency'; did you mean 'concurrency'?"],
    [
      { ack: 'auto' },
      "consume option 'ack' cannot be set: consume() acknowledges a message when its handler completes",
    ],
    [5, 'the consume options must be a plain object; got a number'],
  ] as const) {
    it(`consume with ${JSON.stringify(options)}: ${message}`, () => {
      expect(refusalOf(client().consume('t', () => undefined, options as ConsumeOptions)).message).to.equal(message);
    });
  }

  it('names all options of consume for one that is like none of them', () => {
    const { message } = refusalOf(client().consume('t', () => undefined, { parallel: 2 } as ConsumeOptions));
    expect(message).to.match(
      /^unknown consume option 'parallel'; known are qos, .*decode, .*concurrency, onError, retry, /,
    );
  });

  it('consume without a function is INVALID_ARGUMENT', () => {
    expect(refusalOf(client().consume('t', 'save' as never))).to.include({
      subject: 'handler',
      message: "argument 'handler' must be a function; got a string",
    });
  });

  for (const [subject, options] of Object.entries({
    unrouted: { unrouted: 'drop' },
    'unrouted.hold': { unrouted: {} },
    'unrouted.hold.max': { unrouted: { hold: { max: 0 } } },
    'unrouted.hold.timeout': { unrouted: { hold: { timeout: 0 } } },
    ackWarnAfter: { ackWarnAfter: -1 },
  })) {
    it(`mqtt() with ${JSON.stringify(options)} is INVALID_ARGUMENT`, () => {
      expect(() => mqtt('mqtt://memory', options as MqttOptions))
        .to.throw()
        .that.includes({ code: 'INVALID_ARGUMENT', subject });
    });
  }
});
