import type { Resource } from '@angular/core';
import type { MqttMessage } from 'rxjs-mqtt';
import type { Battery } from './battery';

/** The interface of Angular 20 and later. */
export const asResource = ({ battery }: Battery): Resource<MqttMessage<number> | undefined> => battery;
