<?php
/**
 * WP-CLI.
 *
 * @package IGNY8
 */

/**
 * Looks after the connection with the IGNY8 app.
 */
class IGNY8_Cli {

	const CHUNK = 100;

	/**
	 * Shows how the site is.
	 *
	 * ## OPTIONS
	 *
	 * [--format=<format>]
	 * : How to show it.
	 * ---
	 * default: table
	 * options:
	 *   - table
	 *   - json
	 * ---
	 *
	 * @param string[]             $args    Arguments.
	 * @param array<string,string> $options Options.
	 */
	public function status( $args, $options ) {
		$connection = IGNY8_Connection::get();
		$checks     = IGNY8_Health::checks( $connection );
		$wrong      = array_filter( $checks, 'is_array' );
		$figures    = array_merge( IGNY8_Activity::counts(), IGNY8_Health::publish_stats(), IGNY8_Health::outbox_stats() );
		if ( isset( $options['format'] ) && 'json' === $options['format'] ) {
			WP_CLI::line( (string) wp_json_encode( compact( 'checks', 'figures' ), JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE ) );
			return;
		}
		foreach ( $checks as $name => $check ) {
			WP_CLI::line( sprintf( '%-18s %s', $name, is_array( $check ) ? $check['problem'] . ' ' . $check['cure'] : $check ) );
		}
		foreach ( $figures as $name => $figure ) {
			WP_CLI::line( sprintf( '%-18s %s', $name, null === $figure ? '-' : $figure ) );
		}
		if ( array() === $wrong ) {
			WP_CLI::success( __( 'All is well.', 'igny8' ) );
		} else {
			/* translators: %d: number of checks. */
			WP_CLI::warning( sprintf( _n( '%d check found something.', '%d checks found something.', count( $wrong ), 'igny8' ), count( $wrong ) ) );
		}
	}

	/**
	 * Sends the app what it has not been told yet, now.
	 */
	public function drain() {
		if ( null === IGNY8_Connection::get() ) {
			WP_CLI::error( __( 'This site is not connected.', 'igny8' ) );
			return;
		}
		$report = IGNY8_Outbox::drain();
		/* translators: 1: sent changes, 2: changes that are still waiting. */
		$message = sprintf( __( '%1$d sent, %2$d still waiting.', 'igny8' ), $report['sent'], $report['left'] );
		if ( '' === $report['problem'] ) {
			WP_CLI::success( $message );
		} else {
			WP_CLI::error( $message . ' ' . $report['problem'] );
		}
	}

	/**
	 * Compares what was published with the posts that are there.
	 *
	 * ## OPTIONS
	 *
	 * [--forget]
	 * : Forget contents whose posts are gone: publishing them again makes new posts.
	 *
	 * @param string[]             $args    Arguments.
	 * @param array<string,string> $options Options.
	 */
	public function reconcile( $args, $options ) {
		$is_forgetting = ! empty( $options['forget'] );
		$counts        = array(
			'missing' => 0,
			'trashed' => 0,
			'edited'  => 0,
			'same'    => 0,
		);
		$forgotten     = 0;
		foreach ( IGNY8_Reconcile::walk( self::CHUNK ) as $row ) {
			++$counts[ $row['state'] ];
			if ( 'same' !== $row['state'] ) {
				WP_CLI::line( sprintf( '%-8s content %s, post %d', $row['state'], $row['content_id'], $row['post_id'] ) );
			}
			if ( 'missing' === $row['state'] && $is_forgetting ) {
				$forgotten += (int) IGNY8_Reconcile::delete_claim( $row['content_id'] );
			}
		}
		/* translators: 1: same, 2: edited, 3: in the trash, 4: missing, 5: forgotten. */
		WP_CLI::success( sprintf( __( '%1$d as published, %2$d edited since, %3$d in the trash, %4$d missing, %5$d forgotten.', 'igny8' ), $counts['same'], $counts['edited'], $counts['trashed'], $counts['missing'], $forgotten ) );
	}

	/**
	 * Makes missing tables, and finishes what a crash left.
	 */
	public function repair() {
		$missing = IGNY8_Tables::missing_tables();
		IGNY8_Tables::create();
		foreach ( $missing as $name ) {
			/* translators: %s: name of a table. */
			WP_CLI::line( sprintf( __( 'Made %s.', 'igny8' ), $name ) );
		}
		$cleaned = IGNY8_Sweeper::sweep_all();
		$still   = IGNY8_Tables::missing_tables();
		if ( array() !== $still ) {
			WP_CLI::error( IGNY8_Health_Checks::tables()['problem'] );
			return;
		}
		/* translators: 1: tables, 2: claims. */
		WP_CLI::success( sprintf( __( '%1$d tables made, %2$d unfinished publishes cleaned up.', 'igny8' ), count( $missing ), $cleaned ) );
	}
}
