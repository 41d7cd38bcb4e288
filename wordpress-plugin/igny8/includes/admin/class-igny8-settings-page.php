<?php
/**
 * Settings, IGNY8.
 *
 * @package IGNY8
 */

/**
 * The page where the connection key is pasted.
 */
class IGNY8_Settings_Page {

	const SLUG       = 'igny8';
	const CAPABILITY = 'manage_options';

	/**
	 * Whether a key was taken in this request: WordPress may sanitize an option twice.
	 *
	 * @var bool
	 */
	private static $key_taken = false;

	/**
	 * What was made of the form, to know it again when WordPress sanitizes twice.
	 *
	 * @var array<string,mixed>|null
	 */
	private static $sanitized;

	/**
	 * Adds the page.
	 */
	public static function add_menu() {
		add_options_page( __( 'IGNY8', 'igny8' ), __( 'IGNY8', 'igny8' ), self::CAPABILITY, self::SLUG, array( __CLASS__, 'show' ) );
	}

	/**
	 * Registers the settings and their fields.
	 */
	public static function register() {
		register_setting(
			self::SLUG,
			IGNY8_Settings::OPTION,
			array(
				'type'              => 'array',
				'sanitize_callback' => array( __CLASS__, 'sanitize' ),
			)
		);
		add_settings_section( 'igny8_connection', __( 'Connection', 'igny8' ), '__return_null', self::SLUG );
		add_settings_field( 'igny8_key', __( 'Connection key', 'igny8' ), array( __CLASS__, 'key_field' ), self::SLUG, 'igny8_connection', array( 'label_for' => 'igny8-key' ) );
		add_settings_section( 'igny8_publishing', __( 'Publishing', 'igny8' ), '__return_null', self::SLUG );
		add_settings_field( 'igny8_user', __( 'Act as', 'igny8' ), array( __CLASS__, 'user_field' ), self::SLUG, 'igny8_publishing', array( 'label_for' => 'igny8-user' ) );
		IGNY8_Settings_Fields::register( self::SLUG );
		IGNY8_Removal_Field::register();
	}

	/**
	 * Link on the Plugins page.
	 *
	 * @param string[] $links Links.
	 * @return string[]
	 */
	public static function action_links( $links ) {
		array_unshift( $links, '<a href="' . esc_url( self::url() ) . '">' . esc_html__( 'Settings', 'igny8' ) . '</a>' );
		return $links;
	}

	/**
	 * Takes the form: options.php has checked nonce and capability.
	 *
	 * @param mixed $input What was sent.
	 * @return array<string,mixed> What is stored as settings.
	 */
	public static function sanitize( $input ) {
		if ( IGNY8_Settings::storing() || ( null !== self::$sanitized && self::$sanitized === $input ) ) {
			return $input;
		}
		$stored = get_option( IGNY8_Settings::OPTION );
		$stored = is_array( $stored ) ? $stored : array();
		if ( ! is_array( $input ) || ! current_user_can( self::CAPABILITY ) ) {
			return $stored;
		}
		if ( ! self::$key_taken ) {
			self::$key_taken = true;
			self::take_key( isset( $input['key'] ) && is_string( $input['key'] ) ? $input['key'] : '' );
			self::take_user( isset( $input['user_id'] ) ? absint( $input['user_id'] ) : 0 );
		}
		list( $values, $problems ) = IGNY8_Settings::validate( IGNY8_Settings_Fields::read( $input ) );
		foreach ( $problems as $problem ) {
			add_settings_error( self::SLUG, $problem['field'], esc_html( $problem['message'] . ' ' . $problem['cure'] ), 'error' );
		}
		self::$sanitized = IGNY8_Settings::changed_here( $values );
		return self::$sanitized;
	}

	/**
	 * Forgets the connection.
	 */
	public static function disconnect() {
		self::allow( 'igny8_disconnect' );
		IGNY8_Connection::disconnect();
		self::redirect_with_message( __( 'Disconnected. Published posts stay as they are.', 'igny8' ), 'success' );
	}

	/**
	 * Tries the connection again.
	 */
	public static function check() {
		self::allow( 'igny8_check' );
		$message    = IGNY8_Connection::announce();
		$connection = IGNY8_Connection::get();
		self::redirect_with_message( $message, null !== $connection && '' === $connection['problem'] ? 'success' : 'error' );
	}

	/**
	 * Shows the page.
	 */
	public static function show() {
		if ( ! current_user_can( self::CAPABILITY ) ) {
			return;
		}
		$connection = IGNY8_Connection::get();
		echo '<div class="wrap igny8-settings"><h1>' . esc_html( get_admin_page_title() ) . '</h1>';
		self::show_status( $connection );
		echo '<form method="post" action="options.php">';
		settings_fields( self::SLUG );
		do_settings_sections( self::SLUG );
		self::show_last_change();
		submit_button( null === $connection ? __( 'Connect', 'igny8' ) : __( 'Save changes', 'igny8' ) );
		echo '</form>';
		if ( null !== $connection ) {
			self::button( 'igny8_check', __( 'Check connection', 'igny8' ) );
			self::button( 'igny8_disconnect', __( 'Disconnect', 'igny8' ), __( 'Disconnect? The app cannot publish here until the key is pasted again. Published posts stay as they are.', 'igny8' ) );
		}
		echo '</div>';
	}

	/**
	 * Field for the key. A stored key is never shown again.
	 */
	public static function key_field() {
		printf(
			'<textarea id="igny8-key" name="%s[key]" rows="3" class="large-text code" autocomplete="off" spellcheck="false" placeholder="igny8-…"></textarea><p class="description">%s</p>',
			esc_attr( IGNY8_Settings::OPTION ),
			null === IGNY8_Connection::get()
				? esc_html__( 'In the app, open Sites, Settings, Connect WordPress, and copy the connection key.', 'igny8' )
				: esc_html__( 'Leave empty to keep the connection. A new key replaces it.', 'igny8' )
		);
	}

	/**
	 * Field for the acting user.
	 */
	public static function user_field() {
		$connection = IGNY8_Connection::get();
		$choices    = IGNY8_Actor::choices( get_current_user_id() );
		wp_dropdown_users(
			array(
				'id'               => 'igny8-user',
				'name'             => IGNY8_Settings::OPTION . '[user_id]',
				'selected'         => null === $connection ? IGNY8_Actor::first_choice( get_current_user_id() ) : (int) $connection['user_id'],
				'include_selected' => null !== $connection,
				'include'          => array() === $choices ? array( 0 ) : $choices,
			)
		);
		echo '<p class="description">' . esc_html__( 'What the app publishes is written with the rights of this user, who is also its author unless the app names another. You can choose members of this site who may do no more than you.', 'igny8' ) . '</p>';
	}

	/**
	 * Shows what the site is connected to, or what is wrong and what to do.
	 *
	 * @param array<string,mixed>|null $connection Connection.
	 */
	private static function show_status( $connection ) {
		if ( null === $connection ) {
			self::notice( 'info', __( 'Not connected.', 'igny8' ), __( 'Paste the connection key from the app below.', 'igny8' ) );
			return;
		}
		if ( IGNY8_Connection::is_clone( $connection ) ) {
			$error = IGNY8_Connection::clone_error( $connection );
			/* translators: %s: address. */
			self::notice( 'error', $error->getMessage(), sprintf( __( 'Connected was %s.', 'igny8' ), $connection['home_url'] ) );
		} elseif ( '' !== $connection['problem'] ) {
			self::notice( 'error', $connection['problem'], $connection['cure'] );
		} elseif ( '' !== $connection['account'] . $connection['site_name'] ) {
			/* translators: 1: account in the app, 2: site in the app. */
			self::notice( 'success', sprintf( __( 'Connected to %1$s, site %2$s.', 'igny8' ), $connection['account'], $connection['site_name'] ), $connection['app'] );
		} else {
			self::notice( 'success', __( 'Connected.', 'igny8' ), $connection['app'] );
		}
		if ( 0 === IGNY8_Actor::id( $connection ) ) {
			self::notice( 'error', __( 'The user that IGNY8 acts as was deleted, or is no member of this site.', 'igny8' ), __( 'Choose another one below.', 'igny8' ) );
		} elseif ( IGNY8_Actor::has_role_rights_only( $connection ) ) {
			self::notice( 'info', __( 'IGNY8 acts as a network administrator, with the rights of their role on this site alone.', 'igny8' ), __( 'A network administrator can save this page to lend theirs.', 'igny8' ) );
		}
	}

	/**
	 * Says who changed the settings last, here or in the app.
	 */
	private static function show_last_change() {
		$last_change = IGNY8_Settings::last_change();
		if ( null !== $last_change['changed_at'] ) {
			$date = wp_date( get_option( 'date_format' ) . ' ' . get_option( 'time_format' ), (int) strtotime( $last_change['changed_at'] ) );
			/* translators: 1: date and time, 2: name of a person. */
			echo '<p class="description">' . esc_html( sprintf( __( 'Changed last on %1$s by %2$s.', 'igny8' ), $date, $last_change['changed_by'] ) ) . '</p>';
		}
	}

	/**
	 * Takes the acting user.
	 *
	 * @param int $user_id User.
	 */
	private static function take_user( $user_id ) {
		$connection = IGNY8_Connection::get();
		$chooser    = get_current_user_id();
		$is_lent    = null !== $connection && IGNY8_Actor::has_role_rights_only( $connection ) && is_super_admin( $chooser );
		if ( null === $connection || $user_id <= 0 || ( (int) $connection['user_id'] === $user_id && ! $is_lent ) ) {
			return;
		}
		if ( ! IGNY8_Actor::may_be_chosen( $user_id, $chooser ) ) {
			add_settings_error( self::SLUG, 'igny8_user', esc_html__( 'IGNY8 can act as a member of this site who may publish and may do no more than you. Choose another one.', 'igny8' ), 'error' );
			return;
		}
		$connection['user_id']   = $user_id;
		$connection['chosen_by'] = $chooser;
		update_option( IGNY8_Connection::OPTION, $connection, true );
	}

	/**
	 * Takes a pasted key.
	 *
	 * @param string $text Text.
	 */
	private static function take_key( $text ) {
		if ( '' === trim( $text ) ) {
			return;
		}
		try {
			$message    = IGNY8_Connection::connect( $text, IGNY8_Actor::first_choice( get_current_user_id() ) );
			$connection = IGNY8_Connection::get();
			$level      = '' === $connection['problem'] ? 'success' : 'warning';
		} catch ( IGNY8_Exception $problem ) {
			$message = $problem->getMessage();
			$level   = 'error';
		}
		add_settings_error( self::SLUG, 'igny8_key', esc_html( $message ), $level );
	}

	/**
	 * Prints a notice in the page.
	 *
	 * @param string $level   info, success or error.
	 * @param string $message What is.
	 * @param string $more    What to do, or where.
	 */
	private static function notice( $level, $message, $more ) {
		printf( '<div class="notice notice-%s inline"><p><strong>%s</strong> %s</p></div>', esc_attr( $level ), esc_html( $message ), esc_html( $more ) );
	}

	/**
	 * Prints a button that is a form of its own.
	 *
	 * @param string $action   Action.
	 * @param string $label    Label.
	 * @param string $question What to ask first, or empty.
	 */
	private static function button( $action, $label, $question = '' ) {
		echo '<form method="post" action="' . esc_url( admin_url( 'admin-post.php' ) ) . '" style="display:inline-block;margin-right:8px">';
		printf( '<input type="hidden" name="action" value="%s">', esc_attr( $action ) );
		wp_nonce_field( $action );
		$attributes = array( 'id' => $action . '_button' );
		if ( '' !== $question ) {
			$attributes['onclick'] = 'return confirm(' . wp_json_encode( $question ) . ')';
		}
		submit_button( $label, 'secondary', 'submit', false, $attributes );
		echo '</form>';
	}

	/**
	 * Lets only administrators with a fresh form through.
	 *
	 * @param string $action Action.
	 */
	private static function allow( $action ) {
		if ( ! current_user_can( self::CAPABILITY ) ) {
			wp_die( esc_html__( 'You may not change this.', 'igny8' ), '', array( 'response' => 403 ) );
		}
		check_admin_referer( $action );
	}

	/**
	 * Goes back to the page with a message.
	 *
	 * @param string $message Message.
	 * @param string $level   Level.
	 */
	private static function redirect_with_message( $message, $level ) {
		add_settings_error( self::SLUG, 'igny8_action', esc_html( $message ), $level );
		set_transient( 'settings_errors', get_settings_errors(), 30 );
		// phpcs:ignore WordPress.Security.NonceVerification.Missing -- verified by allow().
		$is_overview = isset( $_POST['from'] ) && IGNY8_Dashboard_Page::SLUG === $_POST['from'];
		wp_safe_redirect( add_query_arg( 'settings-updated', 'true', $is_overview ? IGNY8_Dashboard_Page::url() : self::url() ) );
		exit;
	}

	/**
	 * Address of the page.
	 *
	 * @return string
	 */
	private static function url() {
		return admin_url( 'options-general.php?page=' . self::SLUG );
	}
}
