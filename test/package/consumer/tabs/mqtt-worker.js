import { serveTabs } from 'rxjs-mqtt/shared';
import { createClient } from './client.js';

serveTabs(createClient());
