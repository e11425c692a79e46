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

/** The arguments of `mqtt()`, as the factory that you pass to {@link provideMqtt} returns them. */
export type MqttConfig = Pick<ClientConfig, 'url'> & Partial<ClientConfig>;

// This overload comes first, because after the other one the literals of a factory would be strings, and `jitter: 'none'` an error.
/**
 * Provides an MQTT client with the arguments that a factory returns, or the client that it returns; see `provideMqtt(url, options)`.
 *
 * @param config - returns `{ url, options }`, or a client: `() => sharedMqtt({ worker })` of `rxjs-mqtt/shared` provides one connection for
 * all tabs. It runs in the injection context of the provider, and not on a server platform. A client is closed with the injector, too.
 * @throws the error of the factory, or MqttError as `mqtt()` does, when the client is first injected.
 */
export function provideMqtt(
  config: () => MqttConfig | MqttClient,
  ...features: readonly MqttFeature[]
): EnvironmentProviders;
/**
 * Provides an MQTT client to an application, or to a route and its children.
 *
 * The client is created when it is first injected, connects when it is first needed (see `mqtt()`), and closes when its injector is
 * destroyed. On a server platform it does not connect, and its streams neither emit nor complete.
 *
 * `perAttempt` runs in the injection context of the provider, so it can call `inject()` before its first `await`.
 *
 * With zone.js, the client works outside of the zone of Angular, and its streams emit inside. It does not keep the application from
 * becoming stable.
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
  given: MqttConfig['url'] | (() => MqttConfig | MqttClient),
  ...rest: readonly (MqttOptions | MqttFeature | undefined)[]
): EnvironmentProviders {
  if (typeof given === 'function') return providers(given, rest as readonly MqttFeature[]);
  const [options, ...features] = rest as [options?: MqttOptions, ...features: readonly MqttFeature[]];
  return providers(() => ({ url: given, ...(options && { options }) }), features);
}

function providers(config: () => MqttConfig | MqttClient, features: readonly MqttFeature[]): EnvironmentProviders {
  return makeEnvironmentProviders([{ provide: tokenOf(features), useFactory: () => createClient(config) }]);
}

/** Creates the client; runs in the injection context of the provider. */
function createClient(config: () => MqttConfig | MqttClient): MqttClient {
  // isPlatformServer() of @angular/common compares with 'server' too.
  if (inject(PLATFORM_ID) === 'server') return new SilentClient();
  const zone = inject(NgZone);
  const given = config();
  const client = 'connection$' in given ? given : mqtt(given.url, inContext(given.options ?? {}, zone));
  inject(DestroyRef).onDestroy(() => client.close());
  // Without zone.js, Angular provides another class, which does nothing.
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
