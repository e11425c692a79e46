import {
  DestroyRef,
  type EnvironmentProviders,
  Injector,
  NgZone,
  PLATFORM_ID,
  inject,
  makeEnvironmentProviders,
  runInInjectionContext,
} from '@angular/core';
import type { ClientConfig } from '../client/options/from-config.js';
import type { MqttClient } from '../client/mqtt-client.js';
import { mqtt } from '../client/mqtt.js';
import type { MqttOptions } from '../options/options.js';
import { type MqttFeature, tokenOf } from './features.js';
import { SilentClient } from './silent-client.js';
import { zonedClient } from './zoned-client.js';

/** What a factory given to {@link provideMqtt} makes: what `mqtt()` is called with. */
export type MqttConfig = Pick<ClientConfig, 'url'> & Partial<ClientConfig>;

// the first of the two: after the other one the literals of a factory would be strings, and `jitter: 'none'` an error
/**
 * Provides the client that a factory describes, as `provideMqtt(url, options)` does.
 *
 * @param config - makes `{ url, options }`. Runs in the injection context of the provider.
 * @throws what the factory throws, and MqttError as `mqtt()` does, when the client is first injected.
 */
export function provideMqtt(config: () => MqttConfig, ...features: readonly MqttFeature[]): EnvironmentProviders;
/**
 * Provides an MQTT client to an application, or to a route and what is below it.
 *
 * The client is made when it is first injected, and connects when something first needs the broker, as `mqtt()` says. It closes when
 * the injector that holds it is destroyed. On a server platform it opens nothing: its streams neither emit nor end.
 *
 * `perAttempt` runs in the injection context of the provider: it may call `inject()` before its first `await`.
 *
 * With zone.js the client works outside of the zone of Angular, and what it emits comes inside. It keeps no application from being
 * stable.
 *
 * @param url - as for `mqtt()`.
 * @param options - as for `mqtt()`.
 * @throws MqttError as `mqtt()` does, when the client is first injected.
 */
export function provideMqtt(
  url: MqttConfig['url'],
  options?: MqttOptions,
  ...features: readonly MqttFeature[]
): EnvironmentProviders;
export function provideMqtt(
  given: MqttConfig['url'] | (() => MqttConfig),
  ...rest: readonly (MqttOptions | MqttFeature | undefined)[]
): EnvironmentProviders {
  if (typeof given === 'function') return providers(given, rest as readonly MqttFeature[]);
  const [options, ...features] = rest as [options?: MqttOptions, ...features: readonly MqttFeature[]];
  return providers(() => ({ url: given, ...(options && { options }) }), features);
}

function providers(config: () => MqttConfig, features: readonly MqttFeature[]): EnvironmentProviders {
  return makeEnvironmentProviders([{ provide: tokenOf(features), useFactory: () => makeClient(config()) }]);
}

/** In the injection context of the provider. */
function makeClient({ url, options = {} }: MqttConfig): MqttClient {
  // 'server' is what isPlatformServer() asks for
  if (inject(PLATFORM_ID) === 'server') return new SilentClient();
  const zone = inject(NgZone);
  const client = mqtt(url, inContext(options, zone));
  inject(DestroyRef).onDestroy(() => client.close());
  // an application without zone.js has another class, which does nothing
  return zone instanceof NgZone ? zonedClient(client, zone) : client;
}

function inContext(options: MqttOptions, zone: NgZone): MqttOptions {
  const { perAttempt } = options;
  if (typeof perAttempt !== 'function') return options;
  const injector = inject(Injector);
  return {
    ...options,
    perAttempt: server => zone.run(() => runInInjectionContext(injector, () => perAttempt(server))),
  };
}
