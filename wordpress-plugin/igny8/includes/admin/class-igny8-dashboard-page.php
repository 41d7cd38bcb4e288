<?php
/**
 * IGNY8 in the menu of wp-admin.
 *
 * @package IGNY8
 */

/**
 * What IGNY8 did here, and whether it can go on: one page that changes nothing.
 */
class IGNY8_Dashboard_Page {

	const SLUG   = 'igny8-dashboard';
	const RECENT = 10;

	/**
	 * Adds the menu, with the settings below it.
	 */
	public static function add_menu() {
		$capability = IGNY8_Settings_Page::CAPABILITY;
		add_menu_page( __( 'IGNY8', 'igny8' ), __( 'IGNY8', 'igny8' ), $capability, self::SLUG, array( __CLASS__, 'show' ), 'dashicons-upload', 81 );
		add_submenu_page( self::SLUG, __( 'IGNY8', 'igny8' ), __( 'Overview', 'igny8' ), $capability, self::SLUG, array( __CLASS__, 'show' ) );
		add_submenu_page( self::SLUG, __( 'IGNY8', 'igny8' ), __( 'Settings', 'igny8' ), $capability, 'options-general.php?page=' . IGNY8_Settings_Page::SLUG );
	}

	/**
	 * The page's style.
	 *
	 * @param string $hook Page that is shown.
	 */
	public static function enqueue( $hook ) {
		if ( 'toplevel_page_' . self::SLUG === $hook ) {
			wp_enqueue_style( 'igny8-dashboard', plugins_url( 'assets/dashboard.css', IGNY8_FILE ), array(), IGNY8_VERSION );
		}
	}

	/**
	 * Address of the page.
	 *
	 * @return string
	 */
	public static function url() {
		return admin_url( 'admin.php?page=' . self::SLUG );
	}

	/**
	 * Shows the page.
	 */
	public static function show() {
		if ( ! current_user_can( IGNY8_Settings_Page::CAPABILITY ) ) {
			return;
		}
		$connection = IGNY8_Connection::get();
		echo '<div class="wrap igny8-dashboard"><h1>' . esc_html( get_admin_page_title() ) . '</h1>';
		settings_errors( IGNY8_Settings_Page::SLUG );
		if ( array() !== IGNY8_Tables::missing_tables() ) {
			$wrong = IGNY8_Health_Checks::tables();
			printf( '<div class="notice notice-error inline"><p><strong>%s</strong> %s</p></div></div>', esc_html( $wrong['problem'] ), esc_html( $wrong['cure'] ) );
			return;
		}
		echo '<div class="igny8-boxes">';
		self::show_connection( $connection );
		self::show_posts();
		self::show_outbox();
		echo '</div>';
		self::show_activity();
		self::show_checks( $connection );
		echo '</div>';
	}

	/**
	 * Shows what the site is connected to.
	 *
	 * @param array<string,mixed>|null $connection Connection.
	 */
	private static function show_connection( $connection ) {
		self::open_box( 'igny8-box-connection', __( 'Connection', 'igny8' ) );
		$check = IGNY8_Health_Checks::connection( $connection, IGNY8_Health::outbox_stats() );
		if ( IGNY8_Health_Checks::OK === $check ) {
			self::print_state( 'yes-alt', __( 'Connected', 'igny8' ) );
			$names = implode( ', ', array_filter( array( $connection['account'], $connection['site_name'] ) ) );
			echo '<p>' . esc_html( $names ) . ( '' === $names ? '' : '<br>' ) . '<span class="description">' . esc_html( $connection['app'] ) . '</span></p>';
		} else {
			self::print_state( 'warning', null === $connection ? __( 'Not connected', 'igny8' ) : __( 'Needs attention', 'igny8' ) );
			echo '<p>' . esc_html( $check['problem'] ) . ' ' . esc_html( $check['cure'] ) . '</p>';
		}
		if ( null === $connection ) {
			printf( '<p><a class="button button-primary" href="%s">%s</a></p>', esc_url( admin_url( 'options-general.php?page=' . IGNY8_Settings_Page::SLUG ) ), esc_html__( 'Connect', 'igny8' ) );
		} else {
			printf( '<form method="post" action="%s"><input type="hidden" name="action" value="igny8_check"><input type="hidden" name="from" value="%s">', esc_url( admin_url( 'admin-post.php' ) ), esc_attr( self::SLUG ) );
			wp_nonce_field( 'igny8_check' );
			printf( '<p><button type="submit" class="button">%s</button></p></form>', esc_html__( 'Check connection', 'igny8' ) );
		}
		echo '</div></div>';
	}

	/**
	 * Shows how many posts there are.
	 */
	private static function show_posts() {
		$counts    = IGNY8_Activity::counts();
		$published = IGNY8_Health::publish_stats();
		$delivered = IGNY8_Health::outbox_stats()['last_delivered_at'];
		self::open_box( 'igny8-box-posts', __( 'Posts', 'igny8' ) );
		self::print_figures(
			array(
				array( __( 'Managed', 'igny8' ), number_format_i18n( $counts['managed'] ) ),
				array( __( 'Being published', 'igny8' ), number_format_i18n( $counts['pending'] ) ),
				array( __( 'Scheduled', 'igny8' ), number_format_i18n( $counts['scheduled'] ) ),
				array( __( 'Last publish', 'igny8' ), self::time_ago( $published['last_publish'] ) ),
				array( __( 'Last sync', 'igny8' ), self::time_ago( max( $published['last_publish'], $delivered ) ) ),
			)
		);
		echo '</div></div>';
	}

	/**
	 * Shows what is on its way to the app.
	 */
	private static function show_outbox() {
		$outbox = IGNY8_Health::outbox_stats();
		self::open_box( 'igny8-box-outbox', __( 'Changes for the app', 'igny8' ) );
		self::print_figures(
			array(
				array( __( 'Waiting', 'igny8' ), number_format_i18n( $outbox['depth'] ) ),
				array( __( 'Oldest', 'igny8' ), self::time_ago( $outbox['oldest_at'] ) ),
				array( __( 'Not delivered yet', 'igny8' ), number_format_i18n( $outbox['failing'] ) ),
				array( __( 'Last delivered', 'igny8' ), self::time_ago( $outbox['last_delivered_at'] ) ),
			)
		);
		echo '<p class="description">' . esc_html__( 'What you change here is sent half a minute after the last change.', 'igny8' ) . '</p></div></div>';
	}

	/**
	 * Shows the contents that something happened to last.
	 */
	private static function show_activity() {
		$rows = IGNY8_Activity::recent( self::RECENT );
		echo '<h2>' . esc_html__( 'Recent activity', 'igny8' ) . '</h2>';
		if ( array() === $rows ) {
			echo '<p>' . esc_html__( 'Nothing was published here yet. Publish a content in the app, and it shows up here.', 'igny8' ) . '</p>';
			return;
		}
		printf(
			'<table class="widefat striped"><thead><tr><th scope="col">%s</th><th scope="col">%s</th><th scope="col">%s</th><th scope="col">%s</th></tr></thead><tbody>',
			esc_html__( 'Title', 'igny8' ),
			esc_html__( 'Type', 'igny8' ),
			esc_html__( 'State', 'igny8' ),
			esc_html__( 'When', 'igny8' )
		);
		foreach ( $rows as $row ) {
			$title = '' === $row['link'] ? esc_html( $row['title'] ) : '<a class="row-title" href="' . esc_url( $row['link'] ) . '">' . esc_html( $row['title'] ) . '</a>';
			printf(
				'<tr><td>%1$s</td><td data-colname="%2$s">%3$s</td><td data-colname="%4$s">%5$s</td><td data-colname="%6$s">%7$s</td></tr>',
				$title, // phpcs:ignore WordPress.Security.EscapeOutput.OutputNotEscaped -- escaped above.
				esc_attr__( 'Type', 'igny8' ),
				esc_html( $row['type'] ),
				esc_attr__( 'State', 'igny8' ),
				esc_html( self::state_name( $row['state'] ) ),
				esc_attr__( 'When', 'igny8' ),
				esc_html( self::time_ago( gmdate( 'Y-m-d\TH:i:s\Z', $row['at'] ) ) )
			);
		}
		echo '</tbody></table>';
	}

	/**
	 * Shows what is wrong with the site, if something is.
	 *
	 * @param array<string,mixed>|null $connection Connection.
	 */
	private static function show_checks( $connection ) {
		$wrong = array_filter( array_diff_key( IGNY8_Health::checks( $connection ), array( 'api_connection' => 0 ) ), 'is_array' );
		echo '<h2>' . esc_html__( 'Health', 'igny8' ) . '</h2>';
		if ( array() === $wrong ) {
			self::print_state( 'yes-alt', __( 'Database, media, terms, scheduled tasks and disk are in order.', 'igny8' ) );
		}
		foreach ( $wrong as $check ) {
			printf( '<div class="notice notice-warning inline"><p><strong>%s</strong> %s</p></div>', esc_html( $check['problem'] ), esc_html( $check['cure'] ) );
		}
	}

	/**
	 * Opens a box.
	 *
	 * @param string $id    Id.
	 * @param string $title Title.
	 */
	private static function open_box( $id, $title ) {
		printf( '<div class="postbox" id="%s"><div class="postbox-header"><h2>%s</h2></div><div class="inside">', esc_attr( $id ), esc_html( $title ) );
	}

	/**
	 * Prints a state with its icon.
	 *
	 * @param string $icon Dashicon.
	 * @param string $text Text.
	 */
	private static function print_state( $icon, $text ) {
		printf( '<p class="igny8-state"><span class="dashicons dashicons-%s" aria-hidden="true"></span> <strong>%s</strong></p>', esc_attr( $icon ), esc_html( $text ) );
	}

	/**
	 * Prints figures with their names.
	 *
	 * @param array<int,array{0:string,1:string}> $figures Names and figures.
	 */
	private static function print_figures( $figures ) {
		echo '<dl>';
		foreach ( $figures as $figure ) {
			printf( '<div><dt>%s</dt><dd>%s</dd></div>', esc_html( $figure[0] ), esc_html( $figure[1] ) );
		}
		echo '</dl>';
	}

	/**
	 * How long ago something was.
	 *
	 * @param string|null $iso_date ISO 8601, UTC.
	 * @return string
	 */
	private static function time_ago( $iso_date ) {
		/* translators: %s: duration, as "5 minutes". */
		return null === $iso_date ? __( 'none', 'igny8' ) : sprintf( __( '%s ago', 'igny8' ), human_time_diff( (int) strtotime( $iso_date ) ) );
	}

	/**
	 * Name of a state.
	 *
	 * @param string $state State of a recent row.
	 * @return string
	 */
	private static function state_name( $state ) {
		$names = array(
			'published' => __( 'Published', 'igny8' ),
			'scheduled' => __( 'Scheduled', 'igny8' ),
			'claimed'   => __( 'Being published', 'igny8' ),
			'private'   => __( 'Private', 'igny8' ),
			'draft'     => __( 'Draft', 'igny8' ),
			'pending'   => __( 'Pending review', 'igny8' ),
			'trash'     => __( 'In the trash', 'igny8' ),
			'missing'   => __( 'Deleted in WordPress', 'igny8' ),
		);
		return isset( $names[ $state ] ) ? $names[ $state ] : $state;
	}
}
