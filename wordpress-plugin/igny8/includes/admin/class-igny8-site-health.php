<?php
/**
 * Tools, Site Health.
 *
 * @package IGNY8
 */

/**
 * Tests and information of the plugin on WordPress's own page.
 */
class IGNY8_Site_Health {

	/**
	 * Adds the tests.
	 *
	 * @param array<string,array<string,mixed>> $tests Tests.
	 * @return array<string,array<string,mixed>>
	 */
	public static function add_tests( $tests ) {
		foreach ( self::labels() as $name => $labels ) {
			$tests['direct'][ 'igny8_' . $name ] = array(
				'label' => $labels[0],
				'test'  => static function () use ( $name ) {
					return self::run( $name );
				},
			);
		}
		return $tests;
	}

	/**
	 * Adds what support asks for. No secret is in it.
	 *
	 * @param array<string,mixed> $information Sections.
	 * @return array<string,mixed>
	 */
	public static function add_information( $information ) {
		$connection = IGNY8_Connection::get();
		$outbox     = IGNY8_Health::outbox_stats();
		$published  = IGNY8_Health::publish_stats();
		$seo        = IGNY8_Seo::plugin();
		$none       = __( 'none', 'igny8' );
		$values     = array(
			array( __( 'Version', 'igny8' ), IGNY8_VERSION ),
			array( __( 'Contract', 'igny8' ), IGNY8_CONTRACT ),
			array( __( 'App', 'igny8' ), null === $connection ? $none : $connection['app'] ),
			array( __( 'Connected address', 'igny8' ), null === $connection ? $none : $connection['home_url'] ),
			array( __( 'Confirmed', 'igny8' ), null !== $connection && $connection['confirmed'] ? __( 'yes', 'igny8' ) : __( 'no', 'igny8' ) ),
			array( __( 'Posts managed', 'igny8' ), $published['posts_managed'] ),
			array( __( 'Last publish', 'igny8' ), null === $published['last_publish'] ? $none : $published['last_publish'] ),
			array( __( 'Changes waiting', 'igny8' ), $outbox['depth'] ),
			array( __( 'Oldest change', 'igny8' ), null === $outbox['oldest_at'] ? $none : $outbox['oldest_at'] ),
			array( __( 'Last delivered', 'igny8' ), null === $outbox['last_delivered_at'] ? $none : $outbox['last_delivered_at'] ),
			array( __( 'Missing tables', 'igny8' ), array() === IGNY8_Tables::missing_tables() ? $none : implode( ', ', IGNY8_Tables::missing_tables() ) ),
			array( __( 'SEO plugin', 'igny8' ), trim( $seo['active'] . ' ' . $seo['version'] . ' ' . $seo['other'] ) ),
		);
		$fields     = array();
		foreach ( $values as $value ) {
			$fields[] = array(
				'label' => $value[0],
				'value' => $value[1],
			);
		}
		$information['igny8'] = array(
			'label'  => __( 'IGNY8', 'igny8' ),
			'fields' => $fields,
		);
		return $information;
	}

	/**
	 * Runs one test.
	 *
	 * @param string $name Name.
	 * @return array<string,mixed> As Site Health reads it.
	 */
	private static function run( $name ) {
		$labels = self::labels()[ $name ];
		$check  = self::check( $name );
		$is_ok  = IGNY8_Health_Checks::OK === $check;
		return array(
			'label'       => $is_ok ? $labels[1] : $labels[2],
			'status'      => $is_ok ? 'good' : 'recommended',
			'badge'       => array(
				'label' => __( 'IGNY8', 'igny8' ),
				'color' => 'blue',
			),
			'description' => '<p>' . esc_html( $is_ok ? $labels[3] : $check['problem'] . ' ' . $check['cure'] ) . '</p>',
			'actions'     => sprintf( '<p><a href="%s">%s</a></p>', esc_url( IGNY8_Dashboard_Page::url() ), esc_html__( 'Open IGNY8', 'igny8' ) ),
			'test'        => 'igny8_' . $name,
		);
	}

	/**
	 * What a test finds.
	 *
	 * @param string $name Name.
	 * @return string|array{problem:string,cure:string}
	 */
	private static function check( $name ) {
		switch ( $name ) {
			case 'connection':
				return IGNY8_Health_Checks::connection( IGNY8_Connection::get(), IGNY8_Health::outbox_stats() );
			case 'outbox':
				return IGNY8_Health_Checks::outbox( IGNY8_Health::outbox_stats() );
			case 'innodb':
				return IGNY8_Health_Checks::database();
			default:
				return IGNY8_Health_Checks::cron();
		}
	}

	/**
	 * Labels: of the test, when all is well, when not, and a sentence for the first of these.
	 *
	 * @return array<string,array{0:string,1:string,2:string,3:string}>
	 */
	private static function labels() {
		return array(
			'connection' => array( __( 'Connection with IGNY8', 'igny8' ), __( 'The IGNY8 app is connected', 'igny8' ), __( 'The IGNY8 app is not connected as it should be', 'igny8' ), __( 'The app can publish here, and this site can tell it of changes.', 'igny8' ) ),
			'outbox'     => array( __( 'Changes for IGNY8', 'igny8' ), __( 'Changes reach the IGNY8 app', 'igny8' ), __( 'Changes wait for the IGNY8 app', 'igny8' ), __( 'What is edited here is known in the app within a minute.', 'igny8' ) ),
			'innodb'     => array( __( 'Database for IGNY8', 'igny8' ), __( 'A failed publish can be undone at once', 'igny8' ), __( 'The database is not what IGNY8 needs', 'igny8' ), __( 'All tables that a publish writes to are InnoDB, so it happens whole or not at all.', 'igny8' ) ),
			'cron'       => array( __( 'Scheduled tasks for IGNY8', 'igny8' ), __( 'Scheduled tasks run', 'igny8' ), __( 'Scheduled tasks do not run', 'igny8' ), __( 'Changes are sent to the app even when nobody visits the site for a while.', 'igny8' ) ),
		);
	}
}
