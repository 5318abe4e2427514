# Starts the processes of runs, waits for them, and writes down how each ended. It is a process of its own, for two reasons: it goes on
# when the agent is killed, so that no exit code is lost; and it is small, since a fork costs as much as the process that forks is large.
# docs/decisions/0005-a-launcher-outside-the-agent.md says why it is written in Perl, and has the figures. launcherNode.ts does the same where there is no Perl.
#
# Input, from the agent: frames of a 4-byte big-endian length and fields that end with NUL: id, directory of the run, rest of the claim's
# line, working directory, count of arguments, the arguments, and the variables as KEY=VALUE. The last field has no NUL behind it.
# Output, lines: "ready", "S id pid" (its program runs), "X id exited|signalled code", "F id code detail" (there is no process and
# will be none), "C id" (the run is claimed by another process, or void).
use strict;
use warnings;
no warnings 'exec';
use Errno ();
use Fcntl qw(O_APPEND O_CREAT O_EXCL O_NONBLOCK O_RDONLY O_WRONLY F_GETFL F_SETFL);
use POSIX ();

my $LAUNCHES_MAX = 64;      # launches between fork and exec
my $TICK_S       = 0.1;     # a SIGCHLD that comes between a check and select is noticed after this
my $SWEEP_TICKS  = 25;      # hundredths of a second between two looks for what ended runs left behind
my %run;                    # by pid: { id, claim }
my %status;                 # by pid: the pipe of a launch under way
my %left;                   # sessions whose leader is gone
my ($in, $out, $listening, $told_to, $swept) = ('', "ready\n", 1, 1, 0);

$SIG{$_}   = 'IGNORE' for qw(PIPE HUP INT);
$SIG{CHLD} = sub { };       # interrupts select
fcntl(STDOUT, F_SETFL, fcntl(STDOUT, F_GETFL, 0) | O_NONBLOCK);

while ($listening || %run || %left) {
    flush_out();
    my ($read, $write) = ('', '');
    vec($read, 0, 1) = 1 if $listening && keys %status < $LAUNCHES_MAX;
    vec($read, fileno($_), 1) = 1 for values %status;
    vec($write, 1, 1) = 1 if length $out && $told_to;
    if (select($read, $write, undef, %run || %left ? $TICK_S : undef) > 0) {
        vec($read, fileno($status{$_}), 1) and look($_) for keys %status;
        hear() if vec($read, 0, 1);
    }
    reap();
    launch_complete();
    sweep() if %left && (POSIX::times())[0] - $swept >= $SWEEP_TICKS;
}
flush_out();

sub flush_out {
    return unless length $out && $told_to;
    my $sent = syswrite(STDOUT, $out);
    if (defined $sent) { substr($out, 0, $sent) = '' }
    elsif (!$!{EAGAIN} && !$!{EINTR}) { $told_to = 0 }    # the agent is gone; the claims still tell the next one
}

sub hear {
    my $got = sysread(STDIN, $in, 65536, length $in);
    $listening = 0 if defined $got ? $got == 0 : !($!{EAGAIN} || $!{EINTR});
}

# Starts the runs whose frames are complete, as far as the limit allows.
sub launch_complete {
    while (length($in) >= 4 && keys %status < $LAUNCHES_MAX) {
        my $length = unpack('N', $in);
        last if length($in) < 4 + $length;
        launch(split(/\0/, substr($in, 4, $length), -1));
        substr($in, 0, 4 + $length) = '';
    }
}

sub launch {
    my ($id, $dir, $rest, $cwd, $count, @fields) = @_;
    my @command = splice(@fields, 0, $count);
    my ($status, $tell);
    my $pid = pipe($status, $tell) ? fork() : undef;
    if (!defined $pid) { $out .= "F $id -1 cannot make a process: $!\n"; return }
    become($dir, $rest, $cwd, \@command, \@fields, $tell) if $pid == 0;
    close $tell;
    $status{$pid} = $status;
    $run{$pid} = { id => $id, claim => "$dir/claim" };
}

# In the new process: claims the run for itself, and becomes the program. Whoever claims first is the run; there is never a second one.
sub become {
    my ($dir, $rest, $cwd, $command, $env, $tell) = @_;
    $SIG{$_} = 'DEFAULT' for qw(PIPE HUP INT CHLD);
    POSIX::setsid();
    mkdir($dir, 0700) or $!{EEXIST} or give_up($tell, undef, -1, "cannot make the directory of the run: $!");
    my $claim;
    if (!sysopen($claim, "$dir/claim", O_WRONLY | O_CREAT | O_EXCL | O_APPEND, 0600)) {
        give_up($tell, undef, -1, "cannot claim the run: $!") unless $!{EEXIST};
        already($tell);
    }
    my $line = "claim $$ " . start_time() . " $rest\n";
    give_up($tell, $claim, -1, "cannot claim the run: $!") unless (syswrite($claim, $line) || 0) == length $line;
    already($tell) if -e "$dir/void";
    redirect(0, '/dev/null', O_RDONLY) or give_up($tell, $claim, -1, "cannot open /dev/null: $!");
    redirect(1, "$dir/stdout", O_WRONLY | O_CREAT | O_APPEND) or give_up($tell, $claim, -1, "cannot make the log: $!");
    redirect(2, "$dir/stderr", O_WRONLY | O_CREAT | O_APPEND) or give_up($tell, $claim, -1, "cannot make the log: $!");
    chdir($cwd) or give_up($tell, $claim, -1, "cannot enter the working directory $cwd: $!");
    %ENV = ();
    for (@$env) { my ($key, $value) = split(/=/, $_, 2); $ENV{$key} = $value }
    exec { $command->[0] } @$command or give_up($tell, $claim, $!{ENOENT} ? 127 : 126, "cannot run $command->[0]: $!");
}

sub redirect {
    my ($to, $path, $flags) = @_;
    my $file;
    return sysopen($file, $path, $flags, 0600) && defined POSIX::dup2(fileno($file), $to);
}

sub already { syswrite($_[0], 'C'); POSIX::_exit(125) }

sub give_up {
    my ($tell, $claim, $code, $detail) = @_;
    $detail =~ s/[\x00-\x1f]/ /g;
    $detail = substr($detail, 0, 400);
    syswrite($claim, "exit launchFailed $code $detail\n") if $claim;
    syswrite($tell, "F$code $detail");
    POSIX::_exit(127);
}

# When this process began, in a form that no later process of the same number shares: infra/runners/identity.ts reads the same.
sub start_time {
    if (open(my $stat, '<', '/proc/self/stat')) {
        my $line = <$stat>;
        return (split(/ /, substr($line, rindex($line, ')') + 2)))[19];
    }
    open(my $ps, '-|', 'ps', '-o', 'lstart=', '-p', $$) or return 'unknown';
    my $start = <$ps> // 'unknown';
    $start =~ s/^\s+|\s+$//g;
    $start =~ s/\s+/_/g;
    return $start;
}

# The status pipe closes by itself when the program runs; before that it carries why it does not.
sub look {
    my ($pid) = @_;
    my $job = $run{$pid};
    my $got = sysread($status{$pid}, my $said, 4096);
    return if !defined $got && $!{EINTR};
    close delete $status{$pid};
    my $word = $got ? substr($said, 0, 1) : 'S';
    $job->{failed} = $word ne 'S';
    $out .= $word eq 'S' ? "S $job->{id} $pid\n" : $word eq 'C' ? "C $job->{id}\n" : "F $job->{id} " . substr($said, 1) . "\n";
}

sub reap {
    while ((my $pid = waitpid(-1, POSIX::WNOHANG())) > 0) {
        my $how = $?;
        next unless $run{$pid};
        look($pid) if $status{$pid};
        my $job = delete $run{$pid};
        next if $job->{failed};
        # What the program left behind holds GPUs that are free from now on.
        kill('KILL', -$pid);
        $left{$pid} = 1;
        my $end = $how & 127 ? 'signalled ' . ($how & 127) : 'exited ' . ($how >> 8);
        if (sysopen(my $claim, $job->{claim}, O_WRONLY | O_APPEND)) { syswrite($claim, "exit $end\n") }
        $out .= "X $job->{id} $end\n";
    }
}

# Kills what is left of ended runs in process groups of their own, but still in the run's session.
sub sweep {
    $swept = (POSIX::times())[0];
    my %found;
    opendir(my $all, '/proc') or do { %left = (); return };
    for my $pid (grep { /^\d+$/ } readdir $all) {
        open(my $stat, '<', "/proc/$pid/stat") or next;
        my $line = <$stat> // next;
        my $session = (split(/ /, substr($line, rindex($line, ')') + 2)))[3];
        next unless $left{$session};
        kill('KILL', $pid);
        $found{$session} = 1;
    }
    %left = %found;
}
