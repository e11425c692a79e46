import { InjectionToken } from '@angular/core';
import type { MqttClient } from '../client/mqtt-client.js';

/** The token of the client of {@link provideMqtt}, unless you pass another token by `withToken()`. */
export const MQTT_CLIENT = new InjectionToken<MqttClient>('the client of provideMqtt()');
