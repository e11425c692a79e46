// Creates the client that all tabs share. A bundler puts the URL of the broker in.
import { mqtt } from 'rxjs-mqtt';

export const createClient = () => mqtt(BROKER, { clientId: 'all tabs' });
