// A service and its caller, as a NestJS project compiles them: with decorators and the metadata of types.
import 'reflect-metadata';
import { Controller, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientProxy, ClientsModule, Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { ReplaySubject, firstValueFrom, lastValueFrom, take, toArray } from 'rxjs';
import { MqttClientProxy, MqttContext, MqttServer } from 'rxjs-mqtt/nestjs';

const url = process.env['BROKER']!;

@Injectable()
class Readings {
  readonly all$ = new ReplaySubject<string>();
}

@Controller()
class Meters {
  constructor(private readonly readings: Readings) {}

  @EventPattern<string>('meters/+id/reading')
  onReading(@Payload() value: number, @Ctx() context: MqttContext<{ id: string }>) {
    this.readings.all$.next(`${context.params.id}:${value}`);
  }

  @MessagePattern('readings')
  firstReadings(@Payload() count: number) {
    return this.readings.all$.pipe(take(count));
  }
}

@Module({
  controllers: [Meters],
  providers: [Readings],
  imports: [ClientsModule.register([{ name: 'MQTT', customClass: MqttClientProxy, options: { url } }])],
})
class AppModule {}

async function main() {
  const app = await NestFactory.create(AppModule, { logger: false });
  app.connectMicroservice({ strategy: new MqttServer({ url }) });
  await app.startAllMicroservices();
  await app.init();

  const proxy = app.get<ClientProxy>('MQTT');
  for (const value of [1, 2]) await firstValueFrom(proxy.emit('meters/7/reading', value));
  const readings = await lastValueFrom(proxy.send<string>('readings', 2).pipe(toArray()));
  console.log(readings.join(' '));
  await app.close();
}

void main();
