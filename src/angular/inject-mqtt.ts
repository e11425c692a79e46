import { type InjectionToken, assertInInjectionContext, inject } from '@angular/core';
import type { MqttClient } from '../client/mqtt-client.js';
import { MQTT_CLIENT } from './mqtt-client-token.js';

/**
 * Returns the client of `provideMqtt()`, or the one under your own token (`withToken()`). Call it in an injection context.
 *
 * Use its streams with `takeUntilDestroyed()`, `toSignal()` and the async pipe, like any other observable.
 */
export function injectMqtt(token: InjectionToken<MqttClient> = MQTT_CLIENT): MqttClient {
  assertInInjectionContext(injectMqtt);
  return inject(token);
}
