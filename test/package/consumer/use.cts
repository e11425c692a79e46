import { mqtt } from 'rxjs-mqtt';
import { mockMqtt } from 'rxjs-mqtt/testing';

export const status: string = mqtt('mqtt://127.0.0.1').connection.status;
export const filters: readonly string[] = mockMqtt().filters;
