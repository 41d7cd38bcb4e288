<?php
/**
 * Plugin Name: Faults of the tests
 *
 * Reads faults.json beside it: what is to go wrong in this request. Each test writes its own.
 */

$igny8_faults = is_file( __DIR__ . '/faults.json' ) ? json_decode( file_get_contents( __DIR__ . '/faults.json' ), true ) : array();
$igny8_fault  = static function ( $name ) use ( $igny8_faults ) {
	return isset( $igny8_faults[ $name ] ) ? $igny8_faults[ $name ] : null;
};

// Where a fault strikes: "draft" is the first save of a new post, "live" is every later one.
$igny8_at = static function ( $when, $then ) {
	if ( 'draft' === $when || 'live' === $when || 'save' === $when ) {
		add_action(
			'save_post',
			static function ( $id, $post ) use ( $when, $then ) {
				$draft = 'draft' === $post->post_status;
				if ( 'revision' !== $post->post_type && ( 'save' === $when || ( 'draft' === $when ) === $draft ) ) {
					$then();
				}
			},
			10,
			2
		);
	} elseif ( $when ) {
		add_action( $when, $then );
	}
};

$igny8_at(
	$igny8_fault( 'throw' ),
	static function () {
		throw new LogicException( 'a hook of another plugin failed' );
	}
);
$igny8_at(
	$igny8_fault( 'error' ),
	static function () {
		undefined_function_of_another_plugin();
	}
);
$igny8_at(
	$igny8_fault( 'fatal' ),
	static function () {
		str_repeat( 'x', 1 << 34 );
	}
);
$igny8_at(
	$igny8_fault( 'exit' ),
	static function () {
		echo 'printed by another plugin';
		exit;
	}
);
$igny8_at(
	$igny8_fault( 'die' ),
	static function () {
		wp_die( 'died in another plugin' );
	}
);
$igny8_at(
	$igny8_fault( 'commit' ),
	static function () {
		$GLOBALS['wpdb']->query( 'COMMIT' );
	}
);
$igny8_at(
	$igny8_fault( 'nested' ),
	static function () {
		$GLOBALS['wpdb']->query( 'START TRANSACTION' );
		$GLOBALS['wpdb']->query( 'COMMIT' );
	}
);
$igny8_at(
	$igny8_fault( 'ddl' ),
	static function () {
		$GLOBALS['wpdb']->query( 'CREATE TABLE IF NOT EXISTS faults_made_this (a int)' );
	}
);
$igny8_at(
	$igny8_fault( 'raw_commit' ),
	static function () {
		mysqli_query( $GLOBALS['wpdb']->dbh, 'COMMIT' );
	}
);
$igny8_at(
	$igny8_fault( 'kill_connection' ),
	static function () {
		$id    = mysqli_thread_id( $GLOBALS['wpdb']->dbh );
		$parts = explode( ':', DB_HOST, 2 );
		$other = mysqli_connect( $parts[0], DB_USER, DB_PASSWORD, DB_NAME, 0, $parts[1] );
		mysqli_query( $other, 'KILL ' . $id );
		mysqli_close( $other );
		usleep( 50000 );
	}
);
$igny8_at(
	$igny8_fault( 'crash' ),
	static function () {
		file_put_contents( __DIR__ . '/crashed', '' );
		posix_kill( getmypid(), SIGKILL );
	}
);
// Waits there, once, until the file that tells of it is taken away.
$igny8_at(
	$igny8_fault( 'hold' ),
	static function () {
		static $held = false;
		if ( $held ) {
			return;
		}
		$held = true;
		file_put_contents( __DIR__ . '/held', '' );
		while ( is_file( __DIR__ . '/held' ) ) {
			usleep( 20000 );
			clearstatcache();
		}
	}
);
$igny8_at(
	$igny8_fault( 'sleep' ),
	static function () use ( $igny8_fault ) {
		$seconds = $igny8_fault( 'seconds' );
		usleep( (int) ( 1000000 * ( null === $seconds ? 2 : $seconds ) ) );
	}
);

// A plugin that rewrites what is saved: at once, or once the request is through, as some indexers do.
if ( 'save' === $igny8_fault( 'rewrite' ) ) {
	add_filter(
		'wp_insert_post_data',
		static function ( $data ) {
			return array( 'post_title' => $data['post_title'] . ' (rewritten)' ) + $data;
		}
	);
} elseif ( 'shutdown' === $igny8_fault( 'rewrite' ) ) {
	add_action(
		'save_post_post',
		static function ( $id ) {
			add_action(
				'shutdown',
				static function () use ( $id ) {
					global $wpdb;
					$wpdb->query( $wpdb->prepare( "UPDATE {$wpdb->posts} SET post_content = CONCAT(post_content, '<!-- late -->') WHERE ID = %d", $id ) );
					update_post_meta( $id, '_igny8_seo_title', 'Made by an SEO plugin' );
				}
			);
		}
	);
}
if ( $igny8_fault( 'impatient' ) ) {
	$GLOBALS['wpdb']->query( 'SET SESSION innodb_lock_wait_timeout = 1' );
}
if ( $igny8_fault( 'echo' ) ) {
	add_action(
		'save_post',
		static function () {
			echo 'a stray echo of another plugin';
		}
	);
}
if ( $igny8_fault( 'broken_sizes' ) ) {
	add_filter(
		'wp_generate_attachment_metadata',
		static function () {
			throw new RuntimeException( 'the image optimiser failed' );
		}
	);
}
if ( $igny8_fault( 'refuse_term' ) ) {
	add_filter(
		'pre_insert_term',
		static function ( $name ) use ( $igny8_fault ) {
			return $igny8_fault( 'refuse_term' ) === $name ? new WP_Error( 'refused', 'No such term here.' ) : $name;
		}
	);
}
if ( $igny8_fault( 'lose_meta' ) ) {
	add_filter(
		'add_post_metadata',
		static function ( $check, $id, $key ) use ( $igny8_fault ) {
			return $igny8_fault( 'lose_meta' ) === $key ? true : $check;
		},
		10,
		3
	);
}
if ( $igny8_fault( 'close_rest' ) ) {
	add_filter(
		'rest_authentication_errors',
		static function ( $result ) {
			return is_user_logged_in() ? $result : new WP_Error( 'rest_closed', 'REST is for members.', array( 'status' => 401 ) );
		}
	);
}
if ( $igny8_fault( 'strip_headers' ) ) {
	foreach ( array_keys( $_SERVER ) as $igny8_name ) {
		if ( 0 === strpos( $igny8_name, 'HTTP_X_IGNY8_' ) ) {
			unset( $_SERVER[ $igny8_name ] );
		}
	}
}
if ( $igny8_fault( 'home_url' ) ) {
	add_filter(
		'home_url',
		static function ( $url ) use ( $igny8_fault ) {
			return str_replace( WP_HOME, $igny8_fault( 'home_url' ), $url );
		}
	);
}
if ( $igny8_fault( 'no_unfiltered_html' ) ) {
	add_filter(
		'map_meta_cap',
		static function ( $caps, $cap ) {
			return 'unfiltered_html' === $cap ? array( 'do_not_allow' ) : $caps;
		},
		10,
		2
	);
}
if ( $igny8_fault( 'constants' ) ) {
	foreach ( $igny8_fault( 'constants' ) as $igny8_name => $igny8_value ) {
		define( $igny8_name, $igny8_value );
	}
}
if ( $igny8_fault( 'prints' ) ) {
	add_action(
		$igny8_fault( 'prints' )[0],
		static function () use ( $igny8_fault ) {
			echo $igny8_fault( 'prints' )[1]; // phpcs:ignore
		}
	);
}
if ( $igny8_fault( 'seo_plugin' ) ) {
	require_once __DIR__ . '/seo_plugins/shared.php';
	require_once __DIR__ . '/seo_plugins/' . $igny8_fault( 'seo_plugin' ) . '.php';
}
if ( $igny8_fault( 'woocommerce' ) ) {
	require_once __DIR__ . '/stand_ins/woocommerce.php';
}
if ( $igny8_fault( 'outbox' ) ) {
	add_filter(
		'igny8_outbox_times',
		static function ( $times ) use ( $igny8_fault ) {
			return array_merge( $times, $igny8_fault( 'outbox' ) );
		}
	);
}
// As with PHP-FPM: the answer is out, and what follows is nobody's to wait for.
if ( $igny8_fault( 'finish_request' ) && ! function_exists( 'fastcgi_finish_request' ) ) {
	function fastcgi_finish_request() {
		return true;
	}
}
if ( $igny8_fault( 'touch' ) ) {
	add_action(
		'save_post',
		static function () use ( $igny8_fault ) {
			update_post_meta( $igny8_fault( 'touch' ), '_igny8_seo_title', 'by a hook' );
		}
	);
}
if ( $igny8_fault( 'log_progress' ) ) {
	// This WordPress may call nobody but its own machine; the address that does not answer is elsewhere.
	add_filter( 'igny8_publish_progress', $igny8_fault( 'quiet_progress' ) ? '__return_false' : '__return_true' );
	add_action(
		'shutdown',
		static function () {
			file_put_contents( __DIR__ . '/progress.new', wp_json_encode( IGNY8_Progress::seconds_spent() ) );
			rename( __DIR__ . '/progress.new', __DIR__ . '/progress.json' );
		},
		PHP_INT_MAX
	);
}
