import { expect } from 'chai';
import { type Observable, lastValueFrom } from 'rxjs';
import { MqttError, mqtt } from '../../../src/index.js';
import { serveTabs, sharedMqtt } from '../../../src/shared/index.js';
import { virtualBroker } from '../../../src/testing/index.js';

// What works is tested in Chromium: test/browser/tabs.browser.ts.

const thrownBy = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (MqttError.is(error)) return `${error.code} ${error.subject ?? ''}: ${error.message}`;
    throw error;
  }
  return 'nothing';
};

const failureOf = (source$: Observable<unknown>): Promise<string> =>
  lastValueFrom(source$).then(
    () => 'nothing',
    (error: unknown) => (MqttError.is(error) ? `${error.code}: ${error.message}` : String(error)),
  );

describe('sharedMqtt', () => {
  it('starts no worker and creates no client before it connects', () => {
    let calls = 0;
    const create = () => {
      calls++;
      throw new Error('not needed yet');
    };
    const client = sharedMqtt({ worker: create, client: create });
    expect(client.connection.status).to.equal('idle');
    expect(calls).to.equal(0);
  });

  it('refuses options that name neither a worker nor a client, and those of the connection', () => {
    expect(thrownBy(() => sharedMqtt({}))).to.match(/^INVALID_ARGUMENT worker: sharedMqtt\(\) needs option 'worker'/);
    const client = () => mqtt('mqtt://virtual');
    expect(thrownBy(() => sharedMqtt({ client, username: 'user' } as never))).to.match(/^INVALID_ARGUMENT username/);
  });

  it('says what helps where there is no SharedWorker', async () => {
    const worker = (): never => {
      throw new Error('not reached');
    };
    const client = sharedMqtt({ worker });
    expect(await failureOf(client.connect())).to.match(/^NOT_SUPPORTED: .*no SharedWorker; with option 'client'/);
    expect(client.connection.status).to.equal('closed');
  });
});

describe('serveTabs', () => {
  it('works in a SharedWorker only', () => {
    const client = mqtt('mqtt://virtual', { transport: virtualBroker().transport });
    expect(thrownBy(() => serveTabs(client))).to.match(
      /^NOT_SUPPORTED .*serveTabs\(\) works in .* a SharedWorker; call/,
    );
  });
});
