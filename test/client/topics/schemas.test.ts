import { expect } from 'chai';
import { type } from 'arktype';
import { type Observable, firstValueFrom, ignoreElements, map, of, timer } from 'rxjs';
import * as v from 'valibot';
import { z } from 'zod';
import {
  MqttError,
  MqttMessage,
  type PayloadCodec,
  SchemaError,
  json,
  mqtt,
  text,
  withSchema,
} from '../../../src/index.js';
import { mockMqtt, virtualBroker } from '../../../src/testing/index.js';
import { mqttMarbles } from '../../support/marbles.js';
import { connack, publish, suback } from '../../support/packets.js';
import { topicFrom } from './support.js';

const bytesOf = (payload: string): Uint8Array => new TextEncoder().encode(payload);
const messageOf = (payload: string): MqttMessage => new MqttMessage('t', bytesOf(payload), 0, false, false);
const decode = (codec: PayloadCodec<unknown, never>, payload: string): unknown =>
  codec.decode(bytesOf(payload), messageOf(payload));

/** Returns what a function throws. */
function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return expect.fail('nothing was thrown');
}

const schemas = {
  zod: z.object({ id: z.string(), celsius: z.number() }),
  valibot: v.object({ id: v.string(), celsius: v.number() }),
  arktype: type({ id: 'string', celsius: 'number' }),
};

for (const [library, schema] of Object.entries(schemas)) {
  describe(`json() with a schema of ${library}`, () => {
    const codec = json(schema as typeof schemas.zod);

    it('gives what is valid', () => {
      expect(decode(codec, '{"id":"a","celsius":20}')).to.deep.equal({ id: 'a', celsius: 20 });
    });

    it('throws the issues of what is not, with their paths [S202]', () => {
      const error = thrownBy(() => decode(codec, '{"id":7,"celsius":"warm"}')) as SchemaError;
      expect(error).to.be.instanceOf(SchemaError);
      expect(error.message).to.match(/(id: .*; celsius: |celsius: .*; id: )/);
      expect(error.issues.map(({ path }) => path?.length)).to.deep.equal([1, 1]);
    });

    it('throws DECODE_FAILED for what is no JSON', () => {
      expect(
        MqttError.is(
          thrownBy(() => decode(codec, '{')),
          'DECODE_FAILED',
        ),
      ).to.equal(true);
    });

    it('validates what it encodes', () => {
      expect(Buffer.from(codec.encode({ id: 'a', celsius: 20 }, 't') as Uint8Array).toString()).to.equal(
        '{"id":"a","celsius":20}',
      );
      expect(thrownBy(() => codec.encode({ id: 'a' } as never, 't'))).to.be.instanceOf(SchemaError);
    });
  });
}

describe('codecs with a schema', () => {
  const script = {
    a: connack(),
    s: suback(1, 1),
    m: publish('t', { payload: '{"at":"2026-01-02"}' }),
    x: publish('t', { payload: '{"at":7}', qos: 1, packetId: 8 }),
  };
  const schema = z.object({ at: z.string().transform(at => at.length) });

  it(
    'one bad message does not end the stream: undecodable$ has the issues as the cause of DECODE_FAILED [S202]',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-as-mxm'], script), {}, 10);
      const words = ({ value }: MqttMessage) => JSON.stringify(value);
      expectTimeline(topicFrom(0, mqtt, 't', { decode: json(schema) }, 8, words)).toBe(
        '4 {"at":10}',
        '6 {"at":10}',
        '8 |',
      );
      const error$ = mqtt.undecodable$.pipe(
        map(
          ({ error }) => `${error.code} ${error.message} ${(error.cause as SchemaError).issues[0]!.path![0] as string}`,
        ),
      );
      expectTimeline(error$).toBe(
        "5 DECODE_FAILED cannot decode the message of 't': at: Invalid input: expected string, received number at",
      );
    }),
  );

  it('transform when they decode, and write the input when they encode', () => {
    const codec = json(schema);
    expect(decode(codec, '{"at":"2026-01-02"}')).to.deep.equal({ at: 10 });
    expect(Buffer.from(codec.encode({ at: 'x' }, 't') as Uint8Array).toString()).to.equal('{"at":"x"}');
  });

  it('may validate asynchronously when they decode, and say that they cannot when they encode [S202]', async () => {
    const asynchronous = z.object({
      id: z.string().refine(async id => Promise.resolve(id !== 'unknown'), 'not known'),
    });
    const codec = json(asynchronous);
    expect(await decode(codec, '{"id":"a"}')).to.deep.equal({ id: 'a' });
    const error = await (decode(codec, '{"id":"unknown"}') as Promise<unknown>).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect((error as SchemaError).message).to.equal('id: not known');
    expect((thrownBy(() => codec.encode({ id: 'a' }, 't')) as Error).message).to.match(
      /asynchronously.*before publish/,
    );
  });

  it('make a codec of any other: text with numbers in it', () => {
    const codec = withSchema(text, z.string().regex(/^\d+$/).transform(Number));
    expect(decode(codec, '17')).to.equal(17);
    expect((thrownBy(() => decode(codec, 'x')) as SchemaError).issues).to.have.length(1);
  });

  it('say what is wrong without quoting at length, and how many issues they leave out', () => {
    const issues = Array.from({ length: 5 }, (_, i) => ({ message: `it was ${'secret'.repeat(100)}`, path: ['a', i] }));
    const { message } = new SchemaError(issues);
    expect(message.length).to.be.lessThan(520);
    expect(message).to.match(/^a\.0: it was (.*); and 2 more$/);
    expect(new SchemaError([{ message: 'no', path: [{ key: 'a' }, Symbol('b')] }]).message).to.equal('a.Symbol(b): no');
  });

  it('INVALID_ARGUMENT names what publish() cannot encode [S202]', async () => {
    const client = mockMqtt();
    const published$ = client.publish('t', { at: 7 } as never, { encode: json(schema) });
    const error = await firstValueFrom(published$).catch((thrown: unknown) => thrown);
    expect((error as MqttError).code).to.equal('INVALID_ARGUMENT');
    expect((error as MqttError).message).to.match(/^cannot encode the payload for 't': at: Invalid input/);
    client.close();
  });
});

describe('wrong arguments of codecs [S203]', () => {
  const notSchemas = [{}, { parse: () => 1 }, null, 'json', 7, [], { '~standard': {} }, of(1)];

  it('json() and withSchema() throw INVALID_ARGUMENT at the call', () => {
    const calls = [
      ...notSchemas.map(wrong => () => json(wrong as never)),
      ...notSchemas.map(wrong => () => withSchema(text, wrong as never)),
      ...[undefined, null, json, z.string(), { decode: () => 1 }].map(
        wrong => () => withSchema(wrong as never, schemas.zod),
      ),
    ];
    for (const call of calls) expect(MqttError.is(thrownBy(call), 'INVALID_ARGUMENT'), String(call)).to.equal(true);
    expect((thrownBy(() => json({} as never)) as Error).message).to.equal(
      'the argument of json() must be a schema (Standard Schema) or a function; got an object',
    );
  });

  it(
    'a schema without a codec is refused by each method, also if it has functions of these names',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker([]), {}, 5);
      const refused = (stream$: Observable<unknown>) => {
        expectTimeline(stream$.pipe(ignoreElements())).toBe('0 # INVALID_ARGUMENT');
      };
      for (const schema of Object.values(schemas)) {
        const half = { decode: schema } as never;
        const other = { encode: schema } as never;
        refused(mqtt.topic$('t', half));
        refused(mqtt.consume('t', () => undefined, half));
        refused(mqtt.request('t', '', half));
        refused(mqtt.request('t', '', other));
        refused(mqtt.respond('t', () => '', half));
        refused(mqtt.respond('t', () => '', other));
        refused(mqtt.publish('t', '', other));
        refused(of({ topic: 't' }).pipe(mqtt.publishAll(other)));
      }
    }),
  );
});

describe('requests with a decode that returns promises', () => {
  const slow = { decode: (payload: Uint8Array) => firstValueFrom(timer(1).pipe(map(() => payload.length))) };
  const failing = { decode: async () => Promise.reject(new RangeError('no')) };
  const connected = () => mqtt('mqtt://h', { transport: virtualBroker().transport });

  it('have their value, and that of the reply [S200]', async () => {
    const client = connected();
    const answering = client.respond('t', ({ value }) => 'x'.repeat(2 * value), { decode: slow }).subscribe();
    const { value } = await firstValueFrom(client.request('t', 'four', { decode: slow }));
    expect(value).to.equal(8);
    answering.unsubscribe();
    client.close();
  });

  it('fail with DECODE_FAILED [S200]', async () => {
    const client = connected();
    const responded: string[] = [];
    const options = { decode: failing, concurrency: 1 };
    const answering = client
      .respond('t', () => 'reply', options)
      .subscribe(outcome => responded.push(outcome.status === 'failed' ? outcome.error.code : outcome.status));
    const error = await failureOf(client.request('t', '', { timeout: 50 }));
    expect(error.code).to.equal('REQUEST_TIMEOUT');
    expect(responded).to.deep.equal(['DECODE_FAILED']);
    const answeringToo = client.respond('u', () => 'reply').subscribe();
    expect((await failureOf(client.request('u', '', { decode: failing }))).code).to.equal('DECODE_FAILED');
    answering.unsubscribe();
    answeringToo.unsubscribe();
    client.close();
  });
});

async function failureOf(stream$: Observable<unknown>): Promise<MqttError> {
  return firstValueFrom(stream$).then(
    () => expect.fail('did not fail'),
    (error: unknown) => error as MqttError,
  );
}
