import { mqtt } from 'rxjs-mqtt';

export const status: string = mqtt('mqtt://127.0.0.1').connection.status;
