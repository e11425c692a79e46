import { serveTabs } from '../../src/shared/index.js';
import { createClient, fromQuery } from './tab-client.js';

serveTabs(createClient(fromQuery(location.search)), { linger: 100 });
