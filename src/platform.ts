/**
 * What this library needs of the platform beside the language, RxJS and a WebSocket, and what it does where an engine has none:
 * UTF-8 has a substitute here, URLs and timers have not. Chance, the clock and the console are in client/environment.ts.
 */
import { MqttError } from './errors.js';
import { type Utf8Decoder, type Utf8Encoder, plainDecoder, plainEncoder } from './utf8-coding.js';

export type { Utf8Decoder, Utf8Encoder };

/** The platform's encoder, where it is complete. */
export function utf8Encoder(): Utf8Encoder {
  try {
    const encoder = new TextEncoder();
    if (typeof encoder.encodeInto === 'function') return encoder;
  } catch {
    // the engine has none
  }
  return plainEncoder;
}

/** The platform's decoder, where it keeps to the options. */
export function utf8Decoder(options: TextDecoderOptions = {}): Utf8Decoder {
  const { fatal = false, ignoreBOM = false } = options;
  try {
    const decoder = new TextDecoder('utf-8', options);
    if (decoder.fatal === fatal && decoder.ignoreBOM === ignoreBOM) return decoder;
  } catch {
    // the engine has none, or one that refuses the options
  }
  return plainDecoder(options);
}

/**
 * The URL that `text` is; undefined where it is none.
 *
 * @throws MqttError `NOT_SUPPORTED` where the platform has no URL of the standard, such as in React Native without a polyfill.
 */
export function parseUrl(text: string): URL | undefined {
  assertStandardUrl();
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

function assertStandardUrl(): void {
  try {
    const url = new URL('ws://user@host:1/path?query');
    url.username = '';
    if (url.host === 'host:1' && url.href === 'ws://host:1/path?query') return;
  } catch {
    // a URL that has no such property, or cannot set it
  }
  throw new MqttError(
    'NOT_SUPPORTED',
    "this platform's URL does not follow the URL standard; in React Native, install 'react-native-url-polyfill' and import " +
      "'react-native-url-polyfill/auto' before 'rxjs-mqtt'",
    { subject: 'URL' },
  );
}

/**
 * For who is given no scheduler of its own.
 *
 * @throws MqttError `NOT_SUPPORTED` where the platform has no timers, such as in an AudioWorklet.
 */
export function assertTimers(): void {
  if (typeof (globalThis as { setInterval?: unknown }).setInterval === 'function') return;
  throw new MqttError('NOT_SUPPORTED', "this platform has no timers; the option 'scheduler' can bring others", {
    subject: 'setInterval',
  });
}

/**
 * What a platform tells about the page, the machine and the network that a client lives in.
 *
 * - `'online'`, `'offline'`: there is a network again; there is none, or another one.
 * - `'visible'`: the user looks at the page again.
 * - `'resume'`: the page was frozen, and runs again.
 * - `'pagehide'`: the page is left, for good or until `'pageshow'`.
 * - `'pageshow'`: the page is back from the back/forward cache.
 */
export type PlatformSignal = 'online' | 'offline' | 'visible' | 'resume' | 'pagehide' | 'pageshow';
