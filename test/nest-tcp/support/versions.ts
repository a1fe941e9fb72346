import { NestMicroservice } from '@nestjs/microservices';

/** Some rows are about what came with Nest 12, and the suite runs on Nest 11 as well. */
export const isNest12 = 'registerPreRequestHook' in NestMicroservice.prototype;
