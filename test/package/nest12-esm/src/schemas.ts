// Only to be compiled: the declarations of what an app exports have to name the types that it is made of.
import { list, mapOf, optional, string, struct, u64, variants } from 'nestjs-protosocket/messagepack';

export const Id = u64;
export const Note = optional(string);
export const Entry = struct({ id: Id, note: Note, tags: list(string), links: mapOf(string) });
export const Command = variants({ Put: Entry, Get: struct({ id: Id }) });
