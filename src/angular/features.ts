import type { InjectionToken } from '@angular/core';
import type { MqttClient } from '../client/mqtt-client.js';
import { MQTT_CLIENT } from './mqtt-client-token.js';

/** A feature of {@link provideMqtt}, as the `with...()` functions return it. */
export interface MqttFeature {
  /** @internal */
  readonly token: InjectionToken<MqttClient>;
}

/** Provides the client under your own token, so that an application can have several clients. */
export function withToken(token: InjectionToken<MqttClient>): MqttFeature {
  return { token };
}

/** Returns the token of the last feature, or the default token. */
export function tokenOf(features: readonly MqttFeature[]): InjectionToken<MqttClient> {
  return features.at(-1)?.token ?? MQTT_CLIENT;
}
