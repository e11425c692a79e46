import { type InjectionToken, assertInInjectionContext, inject } from '@angular/core';
import type { MqttClient } from '../client/mqtt-client.js';
import { MQTT_CLIENT } from './mqtt-client-token.js';

/**
 * The client of `provideMqtt()`, or the one provided under a token of yours (`withToken()`). Runs in an injection context.
 *
 * Its streams are for `takeUntilDestroyed()`, `toSignal()` and the async pipe as any other.
 */
export function injectMqtt(token: InjectionToken<MqttClient> = MQTT_CLIENT): MqttClient {
  assertInInjectionContext(injectMqtt);
  return inject(token);
}
