/**
 * What this library needs of the platform besides the language, RxJS and a WebSocket. UTF-8 coding has a substitute here for engines
 * that lack it; URLs and timers do not. Random numbers, the clock and the console are in client/platform/environment.ts.
 */
import { MqttError } from './errors.js';
import { type Utf8Decoder, type Utf8Encoder, plainDecoder, plainEncoder } from './utf8-coding.js';

export type { Utf8Decoder, Utf8Encoder };

/** Returns the encoder of the platform if it is complete, otherwise the substitute. */
export function utf8Encoder(): Utf8Encoder {
  try {
    const encoder = new TextEncoder();
    if (typeof encoder.encodeInto === 'function') return encoder;
  } catch {
    // The engine has no TextEncoder.
  }
  return plainEncoder;
}

/** Returns the decoder of the platform if it supports the options, otherwise the substitute. */
export function utf8Decoder(options: TextDecoderOptions = {}): Utf8Decoder {
  const { fatal = false, ignoreBOM = false } = options;
  try {
    const decoder = new TextDecoder('utf-8', options);
    if (decoder.fatal === fatal && decoder.ignoreBOM === ignoreBOM) return decoder;
  } catch {
    // The engine has no TextDecoder, or one that refuses the options.
  }
  return plainDecoder(options);
}

/**
 * Parses a URL; returns undefined for text that is not a URL.
 *
 * @throws MqttError `NOT_SUPPORTED` if the `URL` of the platform does not follow the standard, as in React Native without a polyfill.
 */
export function parseUrl(text: string): URL | undefined {
  assertStandardUrl();
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

/** The classes that were found to follow the standard, so that each is tried once: trying takes as long as parsing several URLs. */
const standardUrls = /* @__PURE__ */ new WeakSet();

function assertStandardUrl(): void {
  if (typeof URL === 'function' && standardUrls.has(URL)) return;
  try {
    const url = new URL('ws://user@host:1/path?query');
    url.username = '';
    if (url.host === 'host:1' && url.href === 'ws://host:1/path?query') {
      standardUrls.add(URL);
      return;
    }
  } catch {
    // The URL of this platform lacks a property, or cannot set it.
  }
  throw new MqttError(
    'NOT_SUPPORTED',
    "this platform's URL does not follow the URL standard; in React Native, install 'react-native-url-polyfill' and import " +
      "'react-native-url-polyfill/auto' before 'rxjs-mqtt'",
    { subject: 'URL' },
  );
}

/**
 * Asserts that the platform has timers, which `asyncScheduler` needs.
 *
 * @throws MqttError `NOT_SUPPORTED` if it has none, as in an AudioWorklet.
 */
export function assertTimers(): void {
  if (typeof (globalThis as { setInterval?: unknown }).setInterval === 'function') return;
  throw new MqttError(
    'NOT_SUPPORTED',
    "this platform has no timers; pass a scheduler that needs none as option 'scheduler'",
    {
      subject: 'setInterval',
    },
  );
}

/**
 * An event of the page, the machine or the network in which a client runs.
 *
 * - `'online'`: a network is available again.
 * - `'offline'`: the network is gone or has changed.
 * - `'visible'`: the page is visible to the user again.
 * - `'resume'`: the page was frozen and runs again.
 * - `'pagehide'`: the user leaves the page, for good or until `'pageshow'`.
 * - `'pageshow'`: the page was restored from the back/forward cache.
 */
export type PlatformSignal = 'online' | 'offline' | 'visible' | 'resume' | 'pagehide' | 'pageshow';
