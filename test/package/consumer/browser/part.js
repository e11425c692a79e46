// One operator: a bundle of it must hold nothing of the client.
import { exponentialBackoff } from 'rxjs-mqtt';

globalThis.result = exponentialBackoff({ initial: 10 });
