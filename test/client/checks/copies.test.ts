import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { EMPTY, type SchedulerLike, Subscription } from 'rxjs';
import {
  validateAttemptOptions,
  validateOptions,
  validateServerOptions,
} from '../../../src/client/options/validate-options.js';
import type { MqttOptions } from '../../../src/options/options.js';

const given = () =>
  ({
    clientId: 'a',
    username: 'u',
    password: new Uint8Array([1, 2]),
    properties: { userProperties: [['a', 'b']] as [string, string][] },
    will: {
      topic: 't',
      payload: new Uint8Array([3]).buffer,
      properties: { correlationData: new Uint8Array([4]) },
    },
    queue: { maxMessages: 5 },
    tcp: { noDelay: true },
    reconnect: { initial: 10 },
  }) satisfies MqttOptions;

describe('the copy of the options', () => {
  it('equals what was given', () => {
    expect(validateOptions(given())).to.deep.equal(given());
  });

  it('stays the same when the caller changes anything of the original', () => {
    const original = given();
    const copy = validateOptions(original);
    original.clientId = 'changed';
    original.password[0] = 99;
    original.properties.userProperties[0]![1] = 'changed';
    original.properties.userProperties.push(['c', 'd']);
    original.will.topic = 'changed';
    new Uint8Array(original.will.payload)[0] = 99;
    original.will.properties.correlationData[0] = 99;
    original.queue.maxMessages = 99;
    Object.assign(original.tcp, { noDelay: false });
    original.reconnect.initial = 99;
    expect(copy).to.deep.equal(given());
  });

  it('leaves the original as it was, unfrozen', () => {
    const original = given();
    validateOptions(original);
    expect(original).to.deep.equal(given());
    expect(Object.isFrozen(original)).to.equal(false);
    expect(Object.isFrozen(original.queue)).to.equal(false);
  });

  it('is frozen at every level [S3]', () => {
    const copy = validateOptions(given());
    const { properties, will, queue, tcp, reconnect } = copy;
    const parts = [
      copy,
      properties,
      properties!.userProperties,
      properties!.userProperties![0],
      will,
      will!.properties,
    ];
    for (const part of [...parts, queue, tcp, reconnect]) expect(Object.isFrozen(part)).to.equal(true);
    expect(Object.isFrozen(validateAttemptOptions({ will: { topic: 't' } }).will)).to.equal(true);
    expect(Object.isFrozen(validateServerOptions({ tcp: {} }).tcp)).to.equal(true);
  });

  it('two copies of one object share no bytes', () => {
    const original = given();
    const [a, b] = [validateOptions(original), validateOptions(original)];
    (a.password as Uint8Array)[0] = 99;
    expect(b.password).to.deep.equal(new Uint8Array([1, 2]));
  });

  it('can be made of a copy, and of frozen options', () => {
    expect(validateOptions(validateOptions(given()))).to.deep.equal(given());
  });

  it('keeps functions and the scheduler, also one that is a plain object', () => {
    const scheduler = { now: () => 0, schedule: () => Subscription.EMPTY } as SchedulerLike;
    const options = { scheduler, random: () => 0, reconnect: () => EMPTY, transport: () => EMPTY };
    const copy = validateOptions(options);
    for (const key of ['scheduler', 'random', 'reconnect', 'transport'] as const)
      expect(copy[key]).to.equal(options[key]);
    expect(Object.isFrozen(scheduler)).to.equal(false);
    expect(Object.isFrozen(copy)).to.equal(true);
  });

  it('has no keys that are undefined', () => {
    const copy = validateOptions({ username: undefined, scheduler: undefined, queue: { maxBytes: undefined } });
    expect(copy).to.have.all.keys('queue');
    expect(copy.queue).to.deep.equal({});
  });

  it('takes a Buffer, and bytes of another part of memory', () => {
    const { password } = validateOptions({ password: Buffer.from('secret').subarray(0, 3) });
    expect(password).to.deep.equal(new Uint8Array([0x73, 0x65, 0x63]));
  });

  it('takes objects and bytes of another realm, as some test runners make them', () => {
    const { password, will } = validateOptions(
      runInNewContext("({ password: new Uint8Array([1]), will: { topic: 't', payload: new ArrayBuffer(2) } })"),
    );
    expect(password)
      .to.be.instanceOf(Uint8Array)
      .and.to.deep.equal(new Uint8Array([1]));
    expect(will?.payload).to.be.instanceOf(ArrayBuffer).with.property('byteLength', 2);
  });

  it('reads a getter once: what was checked is what counts', () => {
    let reads = 0;
    const copy = validateOptions({
      get keepalive() {
        return reads++ === 0 ? 5 : 'later nonsense';
      },
    });
    expect(copy.keepalive).to.equal(5);
    expect(reads).to.equal(1);
  });

  it('ends on what goes round in a circle', () => {
    const will: { topic: string; properties?: unknown } = { topic: 't' };
    will.properties = will;
    expect(() => validateOptions({ will })).to.throw("unknown option 'will.properties.topic'");
  });
});
