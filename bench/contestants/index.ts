import type { Contestant } from '../contestant.js';
import { codec } from './codec.js';
import { minimum } from './minimum.js';
import { mqttJs } from './mqtt-js.js';
import { publishAll } from './publish-all.js';
import { rxjsMqtt } from './rxjs-mqtt.js';

/** All that run in this runtime, by name. */
export const contestants: Readonly<Record<string, () => Promise<Contestant>>> = {
  'rxjs-mqtt': rxjsMqtt,
  publishAll,
  'MQTT.js': mqttJs,
  'mqtt-packet': codec,
  minimum,
};
