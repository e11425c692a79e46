import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientsModule } from '@nestjs/microservices';
import { embeddedBroker } from '../demo/broker.js';
import { GatewayController } from './gateway.controller.js';
import { MqttClientProxy, MqttServer } from './library.js';
import { MetersController, Readings } from './meters.controller.js';

// npm run nestjs: a microservice and an HTTP gateway, with a broker of their own
// npm run nestjs -- mqtt://host: the same with your broker. PORT is the port of the gateway (3000)
const given = process.argv[2];
const embedded = given === undefined ? await embeddedBroker() : undefined;
const url = given ?? `mqtt://127.0.0.1:${embedded!.port}`;

@Module({
  controllers: [MetersController, GatewayController],
  providers: [Readings],
  imports: [ClientsModule.register([{ name: 'MQTT', customClass: MqttClientProxy, options: { url } }])],
})
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: ['log', 'warn', 'error'] });
// the broker keeps the readings that come while the service is restarted
app.connectMicroservice({ strategy: new MqttServer({ url, options: { clientId: 'meters', clean: false } }) });
app.enableShutdownHooks();
await app.startAllMicroservices();
await app.listen(process.env.PORT ?? 3000, '127.0.0.1');

const gateway = await app.getUrl();
console.log(`The broker is ${embedded?.name ?? new URL(url).host}. Press Ctrl-C to stop. Try:
  curl -X POST -H 'content-type: application/json' -d '{"kWh":12.5}' ${gateway}/meters/7/readings
  curl ${gateway}/meters/7
  curl -N ${gateway}/meters/7/live`);
