import type { InjectionToken } from '@angular/core';
import type { MqttClient } from '../client/mqtt-client.js';
import { MQTT_CLIENT } from './mqtt-client-token.js';

/** What `with...()` functions give to {@link provideMqtt}. */
export interface MqttFeature {
  /** @internal */
  readonly token: InjectionToken<MqttClient>;
}

/** Provides the client under a token of yours: an application may have several clients, each with its own. */
export function withToken(token: InjectionToken<MqttClient>): MqttFeature {
  return { token };
}

/** The last feature that names one. */
export function tokenOf(features: readonly MqttFeature[]): InjectionToken<MqttClient> {
  return features.at(-1)?.token ?? MQTT_CLIENT;
}
