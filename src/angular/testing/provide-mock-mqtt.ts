import { type EnvironmentProviders, type InjectionToken, makeEnvironmentProviders } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import type { MqttClient } from '../../client/mqtt-client.js';
import { MqttError } from '../../errors.js';
import { mockMqtt } from '../../testing/mock/mock-client.js';
import type { MockMqtt, MockMqttOptions } from '../../testing/mock/mock-mqtt.js';
import { type MqttFeature, tokenOf } from '../features.js';
import { MQTT_CLIENT } from '../mqtt-client-token.js';

/**
 * Provides a {@link MockMqtt} where an application has `provideMqtt()`: no broker, and nothing happens but what the test says.
 * Unlike the client it does not close with its injector: what a test leaves unsettled, `assertNoPending()` tells.
 */
export function provideMockMqtt(
  options: MockMqttOptions = {},
  ...features: readonly MqttFeature[]
): EnvironmentProviders {
  return makeEnvironmentProviders([{ provide: tokenOf(features), useFactory: () => mockMqtt(options) }]);
}

/** The mock that `TestBed` holds, to be called from a test. */
export function injectMockMqtt(token: InjectionToken<MqttClient> = MQTT_CLIENT): MockMqtt {
  const client = TestBed.inject(token);
  if ('emit' in client) return client as MockMqtt;
  throw new MqttError('INVALID_ARGUMENT', 'this client is not a mock: provide one with provideMockMqtt()', {
    subject: 'token',
  });
}
