import { BadRequestException, Injectable, type PipeTransform } from '@nestjs/common';

/** Reads `1,2,3`. JSON has no NaN, so what is no number must be found before it is sent. */
@Injectable()
export class ParseNumbersPipe implements PipeTransform<string | undefined, number[]> {
  transform(list = ''): number[] {
    const numbers = list.split(',').map(Number.parseFloat);
    if (numbers.some(Number.isNaN)) throw new BadRequestException('numbers must be a list such as 1,2,3');
    return numbers;
  }
}
