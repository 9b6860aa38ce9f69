// The official TypeScript client against the probe program: `node suite.mjs IDL.json`.
// The node and the wallet come from ANCHOR_PROVIDER_URL and ANCHOR_WALLET, as with `anchor run`.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import anchor from "@coral-xyz/anchor";

const { AnchorError, AnchorProvider, BN, BorshCoder, EventParser, Program, ProgramError, web3 } = anchor;
const { Keypair, LAMPORTS_PER_SOL, PublicKey, SystemProgram } = web3;

const idl = JSON.parse(readFileSync(process.argv[2], "utf8"));
const provider = AnchorProvider.env();
const program = new Program(idl, provider);
const me = provider.wallet.publicKey;

const TITLE = "Ça ira, Größe 7 – 終";
const NOTES = Buffer.from([0, 1, 254, 255]);
const RECORD_7 = address("record", me, new BN(7).toArrayLike(Buffer, "le", 8));

const TRACK = { title: TITLE, seconds: 200, mood: { brandNew: {} }, guests: [me, me] };
const QUIET = { title: "", seconds: 0, mood: { calm: {} }, guests: [] };
const PLAYED = { fan: me, level: 7, plays: new BN(2).pow(new BN(128)).subn(1), note: TITLE };
const EVENTS = [
  { ...PLAYED, track: TRACK, tags: [TITLE, TITLE] },
  { ...PLAYED, level: 0, note: "", track: TRACK, tags: [] },
].map((data) => ({ name: "played", data: plain(data) }));

function address(kind, ...seeds) {
  const parts = seeds.map((seed) => (seed instanceof PublicKey ? seed.toBuffer() : seed));
  return PublicKey.findProgramAddressSync([Buffer.from(kind), ...parts], program.programId)[0];
}

/** Values as plain text, numbers and arrays, so that deepEqual compares what they mean. */
function plain(value) {
  if (BN.isBN(value)) return value.toString();
  if (value instanceof PublicKey) return value.toBase58();
  if (Buffer.isBuffer(value)) return [...value];
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]));
}

async function stored(...names) {
  const record = plain(await program.account.record.fetch(RECORD_7));
  return names.map((name) => record[name]);
}

async function refused(call) {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new Error("it was not refused");
}

/** What the client makes of the error number of a simulated call, without its logs. */
async function refusedByNumber(call) {
  const names = new Map(program.idl.errors.map(({ code, msg }) => [code, msg]));
  const transaction = await call.transaction();
  const signers = [provider.wallet.payer];
  const { value } = await provider.connection.simulateTransaction(transaction, signers);
  return ProgramError.parse(new Error(JSON.stringify(value.err)), names);
}

const power = (exponent) => new BN(2).pow(new BN(exponent));
const top = (bits) => power(bits).subn(1);

const cases = {
  async "an address of a constant and the signer is derived, and the signer is the wallet"() {
    await program.methods.openShelf().rpc();
    const shelf = plain(await program.account.shelf.fetch(address("shelf", me)));
    assert.equal(shelf.owner, me.toBase58());
    assert.equal(shelf.records, "0");
  },

  async "an address of an argument is derived; str and bytes arrive"() {
    const { pubkeys } = await program.methods.addRecord(new BN(7), TITLE, NOTES).rpcAndKeys();
    assert.equal(pubkeys.record.toBase58(), RECORD_7.toBase58());
    assert.equal(pubkeys.systemProgram.toBase58(), SystemProgram.programId.toBase58());
    assert.deepEqual(await stored("number", "title", "notes"), ["7", TITLE, [...NOTES]]);
    await program.methods.addRecord(new BN(2).pow(new BN(40)), "", Buffer.alloc(0)).rpc();
  },

  async "an address of a str, integers, bytes and a constant is derived"() {
    const call = program.methods.takePlace("Große Halle", 513, top(128), [1, 2, 3, 255]);
    const { pubkeys } = await call.accounts({ fan: me }).rpcAndKeys();
    assert.equal((await program.account.place.fetch(pubkeys.place)).taken, true);
  },

  async "unsigned integers of every width, at both ends"() {
    const names = ["tiny", "small", "middle", "large", "huge"];
    const ends = [2 ** 8 - 1, 2 ** 16 - 1, 2 ** 32 - 1, top(64), top(128)];
    for (const values of [ends, [0, 0, 0, new BN(0), new BN(0)]]) {
      await program.methods.setUnsigned(...values).accounts({ record: RECORD_7 }).rpc();
      assert.deepEqual(await stored(...names), plain(values));
    }
  },

  async "signed integers of every width, at both ends"() {
    const kinds = ["tiny", "small", "middle", "large", "huge"];
    const names = kinds.map((kind) => `${kind}Signed`);
    const low = [-(2 ** 7), -(2 ** 15), -(2 ** 31), power(63).neg(), power(127).neg()];
    const high = [2 ** 7 - 1, 2 ** 15 - 1, 2 ** 31 - 1, top(63), top(127)];
    for (const values of [low, high]) {
      await program.methods.setSigned(...values).accounts({ record: RECORD_7 }).rpc();
      assert.deepEqual(await stored(...names), plain(values));
    }
  },

  async "f64, bool, Pubkey and enum"() {
    const artist = Keypair.generate().publicKey;
    const values = [-0.1, true, artist, { brandNew: {} }];
    await program.methods.setOthers(...values).accounts({ record: RECORD_7 }).rpc();
    assert.deepEqual(await stored("ratio", "loud", "artist", "mood"), plain(values));
  },

  async "arrays of integers, Pubkeys, enums and bytes"() {
    const guests = [Keypair.generate().publicKey, me];
    const values = [[1, 65535, 0], guests, [{ wild: {} }, { calm: {} }], [9, 8, 7, 255]];
    await program.methods.setArrays(...values).accounts({ record: RECORD_7 }).rpc();
    assert.deepEqual(await stored("levels", "guests", "moods", "cover"), plain(values));
  },

  async "lists, strs and classes, nested, as arguments and as fields"() {
    const values = [[TITLE, ""], TRACK, [TRACK, QUIET], [top(63), power(63).neg()]];
    const rest = [Buffer.from([1, 0, 255]), [[1, 2], [3, 65535]]];
    await program.methods.addAlbum(...values, ...rest).rpc();
    await program.methods.addTrack(QUIET, "late").accounts({ album: address("album", me) }).rpc();
    const album = plain(await program.account.album.fetch(address("album", me)));
    assert.deepEqual(album.tags, [TITLE, "", "late"]);
    assert.deepEqual(album.best, plain(TRACK));
    assert.deepEqual(album.tracks, plain([TRACK, QUIET, QUIET]));
    assert.deepEqual([album.points, album.cover, album.pairs], plain([values[3], ...rest]));
    assert.equal(album.plays, "1");
    assert.equal((await program.account.album.all())[0].account.tracks.length, 3);
  },

  async "token programs are filled in; mint and associated account are derived, or the mint signs"() {
    const mint = address("mint", me);
    const token = anchor.utils.token.associatedAddress({ mint, owner: me });
    await program.methods.press().rpc();
    const { data } = await provider.connection.getAccountInfo(token);
    assert.equal(data.readBigUInt64LE(64), 5n);
    const alone = Keypair.generate();
    await program.methods.pressAlone().accounts({ mint: alone.publicKey }).signers([alone]).rpc();
    const { owner } = await provider.connection.getAccountInfo(alone.publicKey);
    assert.equal(owner.toBase58(), anchor.utils.token.TOKEN_PROGRAM_ID.toBase58());
  },

  async "events are read from the logs"() {
    const call = program.methods.playTrack(7, top(128), TITLE, TRACK);
    const signature = await call.rpc({ commitment: "confirmed" });
    const { meta } = await provider.connection.getTransaction(signature, {
      commitment: "confirmed",
      maxSupportedTransactionVersion: 0,
    });
    const parser = new EventParser(program.programId, new BorshCoder(program.idl));
    const events = [...parser.parseLogs(meta.logMessages)];
    assert.deepEqual(events.map(plain), EVENTS);
  },

  async "events are heard"() {
    const heard = [];
    const listener = program.addEventListener("played", (event) => heard.push(plain(event)));
    await program.methods.playTrack(6, top(128), TITLE, TRACK).rpc();
    for (let waited = 0; heard.length < 2 && waited < 100; waited += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await program.removeEventListener(listener);
    const [first, second] = EVENTS.map(({ data }) => data);
    assert.deepEqual(heard, [{ ...first, level: 6 }, second]);
  },

  async "what an instruction gives back"() {
    assert.equal((await program.methods.play2(255, 255).view()).toString(), "65025");
    const longer = { ...TRACK, seconds: TRACK.seconds + 60 };
    assert.deepEqual(plain(await program.methods.quietest([TRACK, QUIET]).view()), plain(longer));
  },

  async "all accounts of a class, and those that a filter leaves"() {
    assert.equal((await program.account.shelf.all()).length, 1);
    assert.equal((await program.account.record.all()).length, 2);
    const bytes = anchor.utils.bytes.bs58.encode(new BN(7).toArrayLike(Buffer, "le", 8));
    const found = await program.account.record.all([{ memcmp: { offset: 40, bytes } }]);
    assert.deepEqual(found.map((each) => each.publicKey.toBase58()), [RECORD_7.toBase58()]);
  },

  async "an account of another class is not decoded as this one"() {
    const error = await refused(program.account.record.fetch(address("shelf", me)));
    assert.match(error.message, /discriminator/);
  },

  async "a named error is read from the logs"() {
    const error = await refused(program.methods.play(11).rpc());
    assert.ok(error instanceof AnchorError, String(error));
    assert.deepEqual(error.error.errorCode, { code: "TooLoud", number: 6001 });
    assert.equal(error.error.errorMessage, "louder than 10");
    assert.equal(error.program.toBase58(), program.programId.toBase58());
    await program.methods.play(10).rpc();
  },

  async "a named error is read from its number alone"() {
    const error = await refusedByNumber(program.methods.play(11));
    assert.equal(error.code, 6001);
    assert.equal(error.msg, "louder than 10");
  },

  async "somebody else's record is refused by name"() {
    const thief = Keypair.generate();
    const call = program.methods.setOthers(1, false, me, { calm: {} });
    const error = await refused(
      call.accounts({ owner: thief.publicKey, record: RECORD_7 }).signers([thief]).rpc(),
    );
    assert.equal(error.error.errorCode.code, "NotTheOwner");
  },

  async "a check of the compiler's own has Anchor's number, and so its text"() {
    const call = program.methods.setOthers(1, false, me, { calm: {} });
    const wrong = call.accounts({ record: address("shelf", me) });
    // It logs nothing, and the client reads no number from a text that has it twice.
    assert.match((await refused(wrong.rpc())).message, /custom program error: 0xbba/);
    const error = await refusedByNumber(wrong);
    assert.equal(error.code, anchor.LangErrorCode.AccountDiscriminatorMismatch);
    assert.match(error.msg, /discriminator did not match/);
  },

  async "a check that only ours has is told in the IDL"() {
    const error = await refusedByNumber(program.methods.openShelf());
    assert.equal(error.code, 5504);
    assert.equal(error.msg, "the account exists already");
  },

  async "accounts and values that may be missing"() {
    const artist = Keypair.generate().publicKey;
    const amount = new BN(LAMPORTS_PER_SOL);
    await program.methods.tipIfAny(amount).accounts({ artist }).rpc();
    assert.equal(await provider.connection.getBalance(artist), LAMPORTS_PER_SOL);
    await program.methods.tipIfAny(null).accounts({ artist }).rpc();
    await program.methods.tipIfAny(amount).accounts({ artist: null }).rpc();
    assert.equal(await provider.connection.getBalance(artist), LAMPORTS_PER_SOL);
    assert.equal(await program.methods.halfOf(null).view(), null);
    assert.equal((await program.methods.halfOf(new BN(7)).view()).toString(), "3");
    for (const [level, sum, words] of [[1, amount, TITLE], [2, null, ""], [3, amount, null]]) {
      const thanks = address("thanks", me, Buffer.from([level]));
      await program.methods.thank(sum, words, level).rpc();
      const kept = await program.account.thanks.fetch(thanks);
      assert.deepEqual(plain(kept), plain({ amount: sum, words }));
    }
  },

  async "lamports move to an account that is not a signer"() {
    const artist = Keypair.generate().publicKey;
    await program.methods.tip(new BN(LAMPORTS_PER_SOL)).accounts({ fan: me, artist }).rpc();
    assert.equal(await provider.connection.getBalance(artist), LAMPORTS_PER_SOL);
  },

  async "a call is simulated, and an instruction's bytes are decoded"() {
    const simulated = await program.methods.play(3).simulate();
    assert.ok(simulated.raw.some((line) => line.endsWith("success")));
    const { data } = await program.methods.play(3).instruction();
    const decoded = new BorshCoder(program.idl).instruction.decode(data);
    assert.deepEqual(decoded, { name: "play", data: { level: 3 } });
  },
};

let failed = 0;
for (const [name, run] of Object.entries(cases)) {
  try {
    await run();
    console.log(`ok      ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}\n${error.stack}\n${(error.logs ?? []).join("\n")}`);
  }
}
const { version } = createRequire(import.meta.url)("@coral-xyz/anchor/package.json");
const passed = Object.keys(cases).length - failed;
console.log(`@coral-xyz/anchor ${version}: ${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0); // web3.js keeps its websocket open
