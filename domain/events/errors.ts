/**
 * Every code that a person or a program can get to see, in one table, so that docs/errors.md is generated from it and no code is
 * without an explanation. A refusal is an answer: the input broke a rule. A fault says that the world broke. Bugs have no code.
 * A code never changes its meaning, and is never used again for another one.
 */
import type { RefusalReason } from './facts.ts'

/** `what` says what happened and `next` what a person should do. A retriable fault may pass without anybody's help. */
type Refusal = { readonly kind: 'refusal'; readonly what: string; readonly next: string }
type Broken = { readonly kind: 'fault'; readonly retriable: boolean; readonly what: string; readonly next: string }

const refused = (what: string, next: string): Refusal => ({ kind: 'refusal', what, next })
const passing = (what: string, next: string): Broken => ({ kind: 'fault', retriable: true, what, next })
const broken = (what: string, next: string): Broken => ({ kind: 'fault', retriable: false, what, next })

/** Sorted by code. */
export const errors = {
  FG_ALREADY_RUNNING: broken(
    'Another fastgpu server already runs on this state directory.',
    'Use the one that runs, stop it first, or give this one a state directory of its own (FASTGPU_STATE).'
  ),
  FG_ANSWER_MALFORMED: broken(
    'Something that is no fastgpu server of this version answered.',
    'Check the address, and that no proxy answers in its place.'
  ),
  FG_BODY_TOO_LARGE: refused('The request body is larger than the server takes.', 'Send less at once: a smaller batch, or a smaller job.'),
  FG_BUSY: passing('The server has as much waiting work as it takes.', 'Send the same request again after the time in Retry-After.'),
  FG_CONTENT_TYPE: refused('The request body is not declared as JSON.', 'Send the header "Content-Type: application/json".'),
  FG_EVENT_UNKNOWN: broken(
    'The ledger holds an event of a type or version that this program does not know.',
    'Use the version of fastgpu that wrote it, or a newer one. Nothing is decided on events that are not understood.'
  ),
  FG_FILE_EXISTS: broken(
    'The file that was to be made is there already, and nothing is overwritten.',
    'Name another file, or remove the old one first.'
  ),
  FG_FILE_UNREADABLE: broken('A file that was named cannot be read.', 'Check the path and your rights to read it.'),
  FG_FLEET_MALFORMED: broken(
    'The fleet is neither written as NODESxMODEL:GPUS nor a table of nodes.',
    'Write for example 64xV100:8,16xA100:4; "simulate" also takes the name of a node table of openb.'
  ),
  FG_FRACTION_WITHOUT_GPU: refused(
    'The job asks for a fraction of each GPU, but for no GPU.',
    'Ask for at least one GPU, or leave the fraction out.'
  ),
  FG_GANG_TOO_LARGE: refused(
    'The members of the job together ask for more GPUs than one allocation can hold.',
    'Ask for at most 16,384 GPUs: fewer nodes, or fewer GPUs on each.'
  ),
  FG_GPUS_INCOMPLETE: passing(
    'The answer of nvidia-smi is cut off or names fewer GPUs than it counts.',
    'It is asked again by itself; if it lasts, run "nvidia-smi" and look for GPUs that fell off the bus.'
  ),
  FG_GPUS_UNREADABLE: broken(
    'The NVIDIA driver does not answer, or not in a way that can be understood.',
    'Run "nvidia-smi" and see what it says; or start with --simulate 2xH100:4 to work without GPUs.'
  ),
  FG_GPU_DETAIL_WITHOUT_GPU: refused(
    'The job names a GPU model or GPU memory, but asks for no GPU.',
    'Ask for at least one GPU, or leave the GPU model and memory out.'
  ),
  FG_HOST_FORBIDDEN: refused(
    'The Host header names a host that this server does not answer for.',
    'Use the address that the server printed when it started, such as http://127.0.0.1:7070.'
  ),
  FG_ID_REUSED: refused(
    'Another input with other content already used this id.',
    'Make a new id for each new input; use an id again only to send the very same input again.'
  ),
  FG_INPUT_MALFORMED: refused('The input is not what its type says it is.', 'Correct the fields that the message names.'),
  FG_INPUT_MISSING: broken(
    'An input that was stored is missing from its stream, so nobody can tell what was asked for.',
    'Run "fastgpu verify" to see what is missing, and restore the file from a copy. Nothing is taken in behind the gap.'
  ),
  FG_INTERNAL: broken(
    'The server met a bug of its own while it answered.',
    'Please report it with the lines of the log of that moment; what was acknowledged before is safe.'
  ),
  FG_JOB_ENDED: refused(
    'The job has ended, so there is nothing left to change.',
    'Nothing needs to be done; "fastgpu job" shows how it ended.'
  ),
  FG_JOB_UNKNOWN: refused('There is no job of this number.', 'List the jobs with "fastgpu jobs".'),
  FG_LABELS_TOO_MANY: refused('The job asks for more labels than a request can hold.', 'Ask for at most 32 labels.'),
  FG_LEDGER_CORRUPT: broken(
    'The ledger does not hold what was written to it: a round does not match its hash, its number or its position.',
    'Run "fastgpu verify" to find the first bad round, and restore the file from a copy. Nothing is decided on a ledger that cannot be trusted.'
  ),
  FG_LEDGER_FOREIGN: broken(
    'The ledger belongs to another pool.',
    'Name the pool that the message names, or use a state directory of its own for each pool.'
  ),
  FG_LEDGER_LOST: broken(
    'Another scheduler took over this ledger, so the rounds of this one no longer count.',
    'Nothing needs to be done if that was meant; otherwise stop all but one scheduler of the pool.'
  ),
  FG_LEDGER_MISSING: broken(
    'The file of the ledger is gone or empty, although other files show that there was one.',
    'Put "log.db" back from a copy; to begin anew, move the whole state directory away.'
  ),
  FG_MODEL_TWICE: refused('The job names the same GPU model twice among its choices.', 'Name each GPU model once.'),
  FG_NAMES_TOO_MANY: refused(
    'The pool knows as many different names of this kind as it can hold.',
    'Use a name that the pool knows already, or another pool.'
  ),
  FG_NODE_UNKNOWN: refused('There is no node of this name.', 'List the nodes with "fastgpu nodes".'),
  FG_NOT_FOUND: refused('There is nothing at this address.', 'Check the path and the method; docs list the whole API.'),
  FG_ORIGIN_FORBIDDEN: refused(
    'The request comes from a web page of another origin.',
    'Call the API from a program, not from a page of another site.'
  ),
  FG_POLICY_INVALID: refused(
    'The policy contradicts itself.',
    'Correct the fields that the message names; "fastgpu policy" shows the one in force.'
  ),
  FG_PORT_TAKEN: broken('Another program listens on the port.', 'Stop that program, or choose another port with --port (0: any free one).'),
  FG_POSITION_AHEAD: refused(
    'The feed is asked for a position that the ledger has not reached.',
    "Begin at a position up to the ledger's end; a larger one that you remember is of another ledger."
  ),
  FG_REPLAY_DIED: broken(
    'The process that replayed the ledger ended without an answer.',
    'Look at what it said; if it ran out of memory, replay a range of rounds. Report it if it said of an error of its own.'
  ),
  FG_REQUEST_TIMEOUT: refused('The request did not arrive in time.', 'Send the whole request at once.'),
  FG_ROUND_INVALID: broken(
    'What was to be stored is not a round: malformed, or larger than a round may be.',
    'This is a mistake in the program that wrote it; nothing was stored. Report it with the message.'
  ),
  FG_RUNS_FOREIGN: broken(
    'The directory of the runs belongs to another ledger, so its job numbers mean other jobs.',
    'Move the directory "runs" away, or put the ledger file that belongs to it back.'
  ),
  FG_RUNS_UNWRITABLE: broken(
    'The directory of the runs cannot be made or written to.',
    'Check that the disk has space, and that you may write to the state directory.'
  ),
  FG_RUN_UNKNOWN: refused(
    'The job has no process of this attempt and member, so there is no log of it.',
    'See with "fastgpu job" which attempts and members there are.'
  ),
  FG_STATE_UNUSABLE: broken(
    'The state directory cannot be made or used.',
    'Check the path, its owner and the free space, or name another one with --state-dir or FASTGPU_STATE.'
  ),
  FG_STORE_CLOSED: broken(
    'The store was closed before it answered.',
    'Nothing needs to be done if the program was stopping; otherwise start it again.'
  ),
  FG_STORE_CORRUPT: broken(
    'The database file is damaged.',
    'Restore the file from a copy; views may simply be deleted, they are built again from the ledger.'
  ),
  FG_STORE_FULL: passing(
    'The disk is full, so nothing more can be recorded.',
    'Free some space; a server that runs goes on by itself after that.'
  ),
  FG_STORE_IO: passing(
    'The disk or the file system failed to read or write.',
    'Look into the system log for disk errors; check that the file is still there and writable.'
  ),
  FG_STORE_LOCKED: passing(
    'Another process holds the database file locked.',
    'Wait for it; if it lasts, look which process has the file open, and stop that one.'
  ),
  FG_STORE_OPEN: broken(
    'The database file cannot be opened.',
    'Check that the file and its directory exist, and that you may read and write them.'
  ),
  FG_STORE_VERSION: broken(
    'The file was written by another version of fastgpu than this one can read.',
    'Use the version that wrote it, or a newer one.'
  ),
  FG_TIME_AHEAD: refused(
    'The input says that it is from the future.',
    "Set the sender's clock right and send the input again under a new id."
  ),
  FG_TIME_BEFORE_WINDOW: refused(
    'The input is older than the window in which a repetition can be told from a new input.',
    'Look whether it was taken already; if not, send it again with its time set to now and a new id.'
  ),
  FG_TOKEN_UNUSABLE: broken(
    'The file of the token cannot be read, or holds something else: a token has at least 16 visible ASCII characters.',
    'Remove the file "token": the next start makes a new one, which clients that have a copy of the old one need, too.'
  ),
  FG_TRACE_MALFORMED: broken('The trace file is not in the format that was named.', 'Check --format and the line that the message names.'),
  FG_UNAUTHORIZED: refused(
    'The request carries no valid token.',
    'Send "Authorization: Bearer TOKEN" with the token from the file "token" in the state directory (or set FASTGPU_TOKEN_FILE).'
  ),
  FG_UNREACHABLE: passing(
    'Nothing answers at the address of the server.',
    'Start a server with "fastgpu dev", or say where it is with --url or FASTGPU_URL.'
  ),
  FG_VIEWS_REBUILT: passing(
    'The file of the views was damaged, so they are being built again from the ledger.',
    'Ask again in a moment. If it happens again, look into the system log for disk errors.'
  ),
  FG_WRONG_STREAM: refused('The input was sent to a stream that does not take its type.', 'Send it to the stream that the message names.')
} as const satisfies Readonly<Record<string, Refusal | Broken>>

export type ErrorCode = keyof typeof errors
export type RefusalCode = { readonly [C in ErrorCode]: (typeof errors)[C]['kind'] extends 'refusal' ? C : never }[ErrorCode]
export type FaultCode = Exclude<ErrorCode, RefusalCode>

/** One reason why an input was refused: the message says what was wrong with this very input, and is cut to what a fact can hold. */
export const refusal = (code: RefusalCode, message: string): RefusalReason => ({
  code,
  message: message.slice(0, REFUSAL_CHARS_MAX).toWellFormed() || errors[code].what
})

const REFUSAL_CHARS_MAX = 512
