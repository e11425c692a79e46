import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { loopback } from '../ports.js';
import type { BrokerKind, RunningBroker } from './broker.js';
import {
  findProgram,
  freePorts,
  isThere,
  makeDirectory,
  removeDirectory,
  startProgram,
  writeFiles,
} from './program.js';

const home = '/usr/share/activemq';
const program = join(home, 'bin/activemq.jar');
/** The MQTT connector needs it, Debian's package does not ask for it. */
const codec = '/usr/share/java/mqtt-client.jar';

export const activemq: BrokerKind = {
  name: 'ActiveMQ',
  missing: 'ActiveMQ is not installed: see scripts/install-brokers.sh',
  isInstalled: () => isThere(program) && isThere(codec) && findProgram('java') !== undefined,
  start,
};

/** Its MQTT connector; Debian's has no WebSocket one. */
async function start(): Promise<RunningBroker> {
  const [tcp] = (await freePorts(1)) as [number];
  const directory = await makeDirectory('activemq');
  await writeFiles(directory, { 'activemq.xml': configuration(tcp, directory), 'log4j.properties': logging });
  await mkdir(join(directory, 'lib')); // of the class path
  await symlink(codec, join(directory, 'lib/mqtt-client.jar'));
  const server = await startProgram({
    name: 'ActiveMQ',
    command: findProgram('java')!,
    args: [
      '-Xmx512m',
      `-Dlog4j.configuration=file:${join(directory, 'log4j.properties')}`,
      `-Dactivemq.home=${home}`,
      `-Dactivemq.base=${directory}`,
      `-Dactivemq.data=${join(directory, 'data')}`,
      `-Dactivemq.conf=${directory}`,
      `-Djava.io.tmpdir=${directory}`,
      '-jar',
      program,
      'start',
      `xbean:file:${join(directory, 'activemq.xml')}`,
    ],
    directory,
    ready: [/Connector mqtt started/],
    timeout: 60_000,
  });
  return {
    tcp,
    log: server.log,
    async stop() {
      await server.kill();
      await removeDirectory(directory);
    },
  };
}

const logging = `
log4j.rootLogger=INFO, console
log4j.appender.console=org.apache.log4j.ConsoleAppender
log4j.appender.console.layout=org.apache.log4j.PatternLayout
log4j.appender.console.layout.ConversionPattern=%5p %m%n
`;

const configuration = (tcp: number, directory: string): string => `
<beans xmlns="http://www.springframework.org/schema/beans" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xsi:schemaLocation="http://www.springframework.org/schema/beans http://www.springframework.org/schema/beans/spring-beans-2.0.xsd
  http://activemq.apache.org/schema/core http://activemq.apache.org/schema/core/activemq-core.xsd">
  <broker xmlns="http://activemq.apache.org/schema/core" useJmx="false" persistent="false" brokerName="localhost"
    dataDirectory="${join(directory, 'data')}">
    <transportConnectors>
      <transportConnector name="mqtt" uri="mqtt://${loopback}:${tcp}"/>
    </transportConnectors>
  </broker>
</beans>
`;
