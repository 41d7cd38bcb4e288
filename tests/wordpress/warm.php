<?php
/**
 * Runs a script as often as it is asked to, each time in a process of its own that is a copy of this one: PHP is started
 * already, and what is compiled is in memory.
 *
 * Usage: php warm.php SCRIPT. A line of JSON on standard input asks for one run: its arguments, what is added to the
 * environment, and the files for its output and errors. Its exit status is the line that answers.
 */
while ( false !== ( $igny8_line = fgets( STDIN ) ) ) {
	$igny8_asked = json_decode( $igny8_line, true );
	$igny8_child = pcntl_fork();
	if ( 0 === $igny8_child ) {
		fclose( STDIN );
		fclose( STDOUT );
		fclose( STDERR );
		// What is opened now takes their places.
		$igny8_streams = array( fopen( '/dev/null', 'r' ), fopen( $igny8_asked['output'], 'w' ), fopen( $igny8_asked['errors'], 'w' ) );
		foreach ( $igny8_asked['env'] as $igny8_name => $igny8_value ) {
			putenv( "$igny8_name=$igny8_value" );
		}
		$igny8_script                  = $argv[1];
		$argv                          = array( $igny8_script, ...$igny8_asked['arguments'] );
		$_SERVER['REQUEST_TIME']       = time();
		$_SERVER['REQUEST_TIME_FLOAT'] = microtime( true );
		require $igny8_script;
		exit;
	}
	if ( $igny8_child < 0 ) {
		fwrite( STDOUT, "255\n" );
		continue;
	}
	pcntl_waitpid( $igny8_child, $igny8_status );
	$igny8_ended = pcntl_wifexited( $igny8_status ) ? pcntl_wexitstatus( $igny8_status ) : 128 + pcntl_wtermsig( $igny8_status );
	fwrite( STDOUT, "$igny8_ended\n" ); // after an echo, every copy would have sent its headers
}
