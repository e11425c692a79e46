import { expect } from 'chai';
import { mqtt } from '../../src/index.js';
import { randomClientId } from '../../src/client/platform/environment.js';

/** Runs `test` where the engine has another global of this name. */
function withGlobal(name: string, value: unknown, test: () => void): void {
  const saved = Object.getOwnPropertyDescriptor(globalThis, name)!;
  Object.defineProperty(globalThis, name, { value, configurable: true });
  try {
    test();
  } finally {
    Object.defineProperty(globalThis, name, saved);
  }
}

describe('an engine that lacks something', () => {
  it('has no crypto: a client id is random all the same [S156] [MQTT31-3.1-2]', () =>
    withGlobal('crypto', undefined, () => {
      const ids = Array.from({ length: 50 }, randomClientId);
      for (const id of ids) expect(id).to.match(/^rxmqtt[0-9a-f]{16}$/);
      expect(new Set(ids)).to.have.length(50);
    }));

  it('has crypto: a client id is made of its random bytes [S156]', () =>
    withGlobal('crypto', { getRandomValues: (bytes: Uint8Array) => bytes.fill(0x0a) }, () => {
      expect(randomClientId()).to.equal(`rxmqtt${'0a'.repeat(8)}`);
    }));

  it('has UUIDs: a client id is made of the digits that are random in them [S156]', () =>
    withGlobal('crypto', { randomUUID: () => '01234567-ffff-4fff-8fff-89abcdefffff' }, () => {
      expect(randomClientId()).to.equal('rxmqtt0123456789abcdef');
    }));

  it('has the URL of React Native, or none: says what to install', () => {
    class ReactNativeUrl {
      constructor(readonly href: string) {}
      get host(): string {
        throw new Error('URL.host is not implemented');
      }
    }
    for (const url of [ReactNativeUrl, undefined])
      withGlobal('URL', url, () => {
        expect(() => mqtt('ws://broker'))
          .to.throw(/react-native-url-polyfill/)
          .with.property('code', 'NOT_SUPPORTED');
      });
  });
});
