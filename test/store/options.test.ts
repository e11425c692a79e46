import { expect } from 'chai';
import { of } from 'rxjs';
import { fromConfig, mqtt, type MqttError, type MqttOptions, type ServerOptions } from '../../src/index.js';
import { MemoryStore } from '../../src/testing/index.js';
import { connected } from './flows.js';
import { Machine, watch } from './machine.js';

const store = new MemoryStore();
const good: MqttOptions = { clean: false, clientId: 'me', store };

function errorOf(call: () => unknown): MqttError {
  try {
    call();
  } catch (error) {
    return error as MqttError;
  }
  throw new Error('nothing was thrown');
}

describe('the option store', () => {
  it('needs clean: false and a session that outlives its connection [S177]', () => {
    for (const options of [
      { store, clientId: 'me' },
      { ...good, clean: true },
      { ...good, sessionExpiry: 0 },
    ]) {
      const error = errorOf(() => mqtt('mqtt://broker', options));
      expect(error).to.include({ code: 'INVALID_ARGUMENT', subject: 'store' });
      expect(error.message).to.contain("set 'clean' to false and leave 'sessionExpiry' above 0, or leave 'store' out");
    }
    for (const options of [good, { ...good, sessionExpiry: 60 }, { clean: false, store }, { ...good, clientId: '' }])
      expect(() => mqtt('mqtt://broker', options)).to.not.throw();
  });

  /** The error with which the first attempt ends a client whose `perAttempt` returns these options. */
  const attempted = (attempt: object): MqttError | undefined => {
    const machine = new Machine();
    const { client } = machine.start({ perAttempt: () => of(attempt), reconnect: false });
    client.connect().subscribe({ error: () => undefined });
    machine.run(50);
    return client.connection.status === 'closed' ? client.connection.error : undefined;
  };

  it('is a SessionStore', () => {
    for (const wrong of [null, 'level', 5, {}, { createJournal: 5 }, () => undefined, []] as never[]) {
      const error = errorOf(() => mqtt('mqtt://broker', { ...good, store: wrong }));
      expect(error).to.include({ code: 'INVALID_ARGUMENT', subject: 'store' });
      expect(error.message).to.contain("a SessionStore, such as levelStore() of 'rxjs-mqtt/store'");
    }
  });

  it('has one client id: that of the client, at all servers [S177]', () => {
    const at = (own: NonNullable<ServerOptions['options']>, options = good) =>
      mqtt(['mqtt://a', { url: 'mqtt://b', options: own }], options);
    expect(errorOf(() => at({ clientId: 'you' }))).to.include({
      code: 'INVALID_ARGUMENT',
      subject: 'clientId',
    });
    expect(errorOf(() => at({ clientId: 'you' })).message).to.contain('differs from that of the client');
    expect(() => at({ clientId: 'me' })).to.not.throw();
    expect(() => at({ clientId: 'you' }, { clean: false, clientId: 'me' })).to.not.throw();
  });

  it('has one client id, whatever perAttempt returns [S177]', () => {
    expect(attempted({ clientId: 'me' })).to.equal(undefined);
    expect(attempted({ clientId: 'you' })).to.include({ code: 'INVALID_ARGUMENT', subject: 'clientId' });
  });

  it('belongs to the client, and not to a server or an attempt', () => {
    const servers = [{ url: 'mqtt://a', options: { store } }] as unknown as ServerOptions[];
    expect(errorOf(() => mqtt(servers, { clean: false, clientId: 'me' })).message).to.contain("'store'");
    expect(attempted({ store })?.message).to.contain("'store'");
  });

  it('is not data, so a configuration cannot hold it', () => {
    for (const value of ['level', {}, store] as unknown[]) {
      const error = errorOf(() => fromConfig({ url: 'mqtt://a', clientId: 'me', clean: false, store: value }));
      expect(error).to.include({ code: 'INVALID_ARGUMENT' });
      expect(error.message).to.contain("'store'").and.to.contain('is not data');
    }
    const { url, options } = fromConfig({ url: 'mqtt://a', clientId: 'me', clean: false })!;
    expect(() => mqtt(url, { ...options, store })).to.not.throw();
  });
});

describe('the option tag of publish()', () => {
  const publish = (tag: unknown) =>
    watch(
      connected(new Machine()).client.publish('a', '', { qos: 1, tag: tag as string, until: 'sent' }),
      () => 'sent',
    );

  it('is text of at most 65,535 bytes', () => {
    for (const tag of [5, null, {}, new Uint8Array(1), 'ü'.repeat(32_768), 'x'.repeat(65_536), '\ud800'])
      expect(publish(tag), typeof tag).to.deep.equal(['!INVALID_ARGUMENT rejected']);
    for (const tag of ['', 'sale-4711', 'ü'.repeat(32_767), undefined]) expect(publish(tag)).to.deep.equal([]);
  });
});
