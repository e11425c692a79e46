import { expect } from 'chai';
import { MqttError } from '../../src/errors.js';
import { TestSession } from './support.js';

const error = new MqttError('CONNECTION_CLOSED', 'the broker closed the connection', {
  phase: 'mqtt',
  retryable: true,
});

/** A broker that hangs up at `bad`, and lives for some ms with it; `good` is behind it. */
function suspicious({ life = 40, maxDeliveries = 3, unsent = false } = {}) {
  const test = new TestSession({ maxDeliveries });
  test.enqueue('bad good');
  const hangUp = () => {
    test.connect('present', { receiveMaximum: 1 });
    const sent = test.sent();
    test.now += life;
    test.session.end({ error, unsent });
    return sent;
  };
  return { test, hangUp };
}

describe('a message at which connections end', () => {
  it('is isolated after maxDeliveries: the others go first, and it alone when the connection has held for a second', () => {
    const { test, hangUp } = suspicious();
    expect(hangUp()).to.deep.equal(['bad #1']);
    expect(hangUp()).to.deep.equal(['bad #1 dup']);
    expect(hangUp()).to.deep.equal(['bad #1 dup']);
    test.connect('present');
    expect(test.sent(), 'the others').to.deep.equal(['good #2']);
    test.puback(2);
    test.now += 999;
    expect(test.sent(), 'before the second is over').to.deep.equal([]);
    test.now += 1;
    expect(test.sent()).to.deep.equal(['bad #1 dup']);
    const [later] = test.enqueue('later');
    expect(test.sent(), 'it is alone').to.deep.equal([]);
    test.puback(1);
    expect(test.sent()).to.deep.equal([`later #${later!.packetId}`]);
    expect(test.settled).to.deep.equal(['good', 'bad']);
  });

  it('is given up when the connection ends with it alone', () => {
    const { test, hangUp } = suspicious();
    for (let i = 0; i < 3; i++) hangUp();
    test.connect('present');
    test.sent();
    test.puback(2);
    test.now += 1000;
    expect(test.sent()).to.deep.equal(['bad #1 dup']);
    test.now += 40;
    test.session.end({ error, unsent: false });
    expect(test.settled).to.deep.equal(['good', 'bad DELIVERY_GIVEN_UP']);
    expect(test.settlements[1]!.error).to.include({ delivery: 'indeterminate' });
  });

  it('waits for four times as long as the last connection lived that it seemed to end', () => {
    const { test, hangUp } = suspicious({ life: 500 });
    for (let i = 0; i < 3; i++) hangUp();
    test.connect('present');
    test.sent();
    test.puback(2);
    test.now += 1999;
    expect(test.sent()).to.deep.equal([]);
    test.now += 1;
    expect(test.sent()).to.deep.equal(['bad #1 dup']);
  });

  it('is not suspected where maxDeliveries is Infinity', () => {
    const { test, hangUp } = suspicious({ maxDeliveries: Infinity });
    for (let i = 0; i < 10; i++) hangUp();
    test.connect('present');
    expect(test.sent()).to.deep.equal(['bad #1 dup', 'good #2']);
  });
});
