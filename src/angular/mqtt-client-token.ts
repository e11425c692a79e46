import { InjectionToken } from '@angular/core';
import type { MqttClient } from '../client/mqtt-client.js';

/** The client of {@link provideMqtt}, where no other token is named. */
export const MQTT_CLIENT = new InjectionToken<MqttClient>('the client of provideMqtt()');
