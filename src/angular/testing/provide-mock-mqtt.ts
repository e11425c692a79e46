import { type EnvironmentProviders, type InjectionToken, makeEnvironmentProviders } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import type { MqttClient } from '../../client/mqtt-client.js';
import { MqttError } from '../../errors.js';
import { mockMqtt } from '../../testing/mock/mock-client.js';
import type { MockMqtt, MockMqttOptions } from '../../testing/mock/mock-mqtt.js';
import { type MqttFeature, tokenOf } from '../features.js';
import { MQTT_CLIENT } from '../mqtt-client-token.js';

/**
 * Provides a {@link MockMqtt} instead of the client of `provideMqtt()`. It has no connection: your test decides what happens. Unlike the
 * client, it does not close with its injector, so that `assertNoPending()` can find the messages that a test left pending.
 */
export function provideMockMqtt(
  options: MockMqttOptions = {},
  ...features: readonly MqttFeature[]
): EnvironmentProviders {
  return makeEnvironmentProviders([{ provide: tokenOf(features), useFactory: () => mockMqtt(options) }]);
}

/** Returns the mock that `TestBed` provides. Call it in a test. */
export function injectMockMqtt(token: InjectionToken<MqttClient> = MQTT_CLIENT): MockMqtt {
  const client = TestBed.inject(token);
  if ('emit' in client) return client as MockMqtt;
  throw new MqttError('INVALID_ARGUMENT', 'the injected client is not a mock; provide one by provideMockMqtt()', {
    subject: 'token',
  });
}
