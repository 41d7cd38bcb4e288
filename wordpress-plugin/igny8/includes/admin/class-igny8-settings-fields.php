<?php
/**
 * Fields of the settings page.
 *
 * @package IGNY8
 */

/**
 * What a publish does on this site, as fields of the Settings API.
 */
class IGNY8_Settings_Fields {

	/**
	 * Registers the sections and fields.
	 *
	 * @param string $page Page.
	 */
	public static function register( $page ) {
		$sections = array(
			'igny8_publishing' => array(
				'types'  => array( __( 'Post types', 'igny8' ), '' ),
				'author' => array( __( 'Default author', 'igny8' ), 'igny8-author' ),
			),
			'igny8_terms'      => array(
				'auto_create' => array( __( 'Missing categories and tags', 'igny8' ), '' ),
				'fallback'    => array( __( 'Fallback category', 'igny8' ), 'igny8-fallback' ),
			),
			'igny8_galleries'  => array(
				'limit'    => array( __( 'Images in a gallery', 'igny8' ), 'igny8-limit' ),
				'overflow' => array( __( 'Images over the limit', 'igny8' ), '' ),
			),
			'igny8_seo'        => array(
				'seo_status' => array( __( 'SEO plugin', 'igny8' ), '' ),
				'meta_tags'  => array( __( 'Meta tags', 'igny8' ), '' ),
			),
		);
		$titles   = array(
			'igny8_terms'     => __( 'Categories and tags', 'igny8' ),
			'igny8_galleries' => __( 'Galleries', 'igny8' ),
			'igny8_seo'       => __( 'SEO', 'igny8' ),
		);
		foreach ( $sections as $section => $fields ) {
			if ( isset( $titles[ $section ] ) ) {
				add_settings_section( $section, $titles[ $section ], '__return_null', $page );
			}
			foreach ( $fields as $field => $about ) {
				$label = '' === $about[1] ? array() : array( 'label_for' => $about[1] );
				add_settings_field( 'igny8_' . $field, $about[0], array( __CLASS__, $field . '_field' ), $page, $section, $label );
			}
		}
	}

	/**
	 * Brings the form's texts to the types of the settings; what was not sent stays out.
	 *
	 * @param array<string,mixed> $input What was sent.
	 * @return array<string,mixed> As sync-settings takes it.
	 */
	public static function read( $input ) {
		$read = array();
		if ( isset( $input['post_types'] ) ) {
			$read['post_types'] = array_values( array_filter( array_map( 'sanitize_key', (array) $input['post_types'] ) ) );
		}
		foreach ( array( 'auto_create_terms', 'seo_meta_tags' ) as $name ) {
			if ( isset( $input[ $name ] ) ) {
				$read[ $name ] = '1' === $input[ $name ];
			}
		}
		if ( isset( $input['fallback_category'] ) ) {
			$read['fallback_category'] = 0 === absint( $input['fallback_category'] ) ? null : absint( $input['fallback_category'] );
		}
		if ( isset( $input['gallery_limit'] ) ) {
			$read['gallery_limit'] = (int) $input['gallery_limit'];
		}
		if ( isset( $input['gallery_overflow'] ) ) {
			$read['gallery_overflow'] = $input['gallery_overflow'];
		}
		if ( isset( $input['default_author'] ) ) {
			$user                   = get_userdata( absint( $input['default_author'] ) );
			$read['default_author'] = false === $user ? null : $user->user_email;
		}
		return $read;
	}

	/**
	 * The page's style and script.
	 *
	 * @param string $hook Page that is shown.
	 */
	public static function enqueue( $hook ) {
		if ( 'settings_page_' . IGNY8_Settings_Page::SLUG === $hook ) {
			wp_enqueue_style( 'igny8-settings', plugins_url( 'assets/settings.css', IGNY8_FILE ), array(), IGNY8_VERSION );
			wp_enqueue_script( 'igny8-settings', plugins_url( 'assets/settings.js', IGNY8_FILE ), array(), IGNY8_VERSION, true );
		}
	}

	/**
	 * Field for the post types.
	 */
	public static function types_field() {
		$enabled = IGNY8_Content_Types::enabled();
		$name    = self::field_name( 'post_types' ) . '[]';
		echo '<fieldset><legend class="screen-reader-text">' . esc_html__( 'Post types', 'igny8' ) . '</legend>';
		// Lets all boxes be unticked.
		printf( '<input type="hidden" name="%s" value="">', esc_attr( $name ) );
		foreach ( get_post_types( array( 'public' => true ), 'objects' ) as $type ) {
			if ( 'attachment' !== $type->name ) {
				self::choice( 'checkbox', $name, $type->name, $type->label, in_array( $type->name, $enabled, true ) );
			}
		}
		echo '</fieldset>';
		self::description( __( 'The app can publish to these.', 'igny8' ) );
	}

	/**
	 * Field for the default author.
	 */
	public static function author_field() {
		$author = IGNY8_Settings::default_author();
		wp_dropdown_users(
			array(
				'id'                => 'igny8-author',
				'name'              => self::field_name( 'default_author' ),
				'selected'          => null === $author ? 0 : $author->ID,
				'show_option_none'  => __( 'The user IGNY8 acts as', 'igny8' ),
				'option_none_value' => 0,
				'capability'        => array( 'edit_posts' ),
			)
		);
		self::description( __( 'Author of new posts for which the app names nobody, or somebody who does not write here.', 'igny8' ) );
	}

	/**
	 * Field for making terms.
	 */
	public static function auto_create_field() {
		self::toggle( 'auto_create_terms', __( 'Create categories, tags and other terms that do not exist yet', 'igny8' ) );
		self::description( __( 'When off, a missing category becomes the fallback category and other missing terms are left out. Both are reported to the app.', 'igny8' ) );
	}

	/**
	 * Field for the fallback category.
	 */
	public static function fallback_field() {
		wp_dropdown_categories(
			array(
				'id'                => 'igny8-fallback',
				'name'              => self::field_name( 'fallback_category' ),
				'selected'          => IGNY8_Settings::fallback_category(),
				'show_option_none'  => __( 'None: refuse to publish', 'igny8' ),
				'option_none_value' => 0,
				'hide_empty'        => false,
				'hierarchical'      => true,
				'orderby'           => 'name',
			)
		);
		self::description( __( 'Used when a category does not exist and may not be created.', 'igny8' ) );
	}

	/**
	 * Field for the gallery limit.
	 */
	public static function limit_field() {
		$limit = (int) IGNY8_Settings::get()['gallery_limit'];
		printf(
			'<div class="igny8-range"><span aria-hidden="true">1</span><input type="range" id="igny8-limit" name="%1$s" min="1" max="%2$d" step="1" value="%3$d"><span aria-hidden="true">%2$d</span><output for="igny8-limit">%3$d</output></div>',
			esc_attr( self::field_name( 'gallery_limit' ) ),
			(int) IGNY8_Settings::GALLERY_AT_MOST,
			(int) $limit
		);
	}

	/**
	 * Field for what happens over the limit.
	 */
	public static function overflow_field() {
		$labels = array(
			'skip'          => array( __( 'Leave them out', 'igny8' ), __( 'Their number is sent to the app.', 'igny8' ) ),
			'separate_post' => array( __( 'Put them in a gallery post of their own', 'igny8' ), __( 'Named “Title - Gallery” and linked from the post.', 'igny8' ) ),
			'inline_grid'   => array( __( 'Show all images as a grid in the post', 'igny8' ), __( 'Takes the place of the gallery.', 'igny8' ) ),
		);
		echo '<fieldset><legend class="screen-reader-text">' . esc_html__( 'Images over the limit', 'igny8' ) . '</legend>';
		foreach ( $labels as $value => $label ) {
			self::choice( 'radio', self::field_name( 'gallery_overflow' ), $value, $label[0], IGNY8_Settings::get()['gallery_overflow'] === $value, $label[1] );
		}
		echo '</fieldset>';
	}

	/**
	 * Which SEO plugin is there.
	 */
	public static function seo_status_field() {
		$plugin = IGNY8_Seo::plugin();
		if ( null !== $plugin['other'] ) {
			self::seo_line( 'warning', $plugin['other'], __( 'It prints meta tags, and IGNY8 cannot write to it: what it prints is not printed a second time. Set it there.', 'igny8' ) );
			return;
		}
		if ( 'none' === $plugin['active'] ) {
			self::seo_line( 'info-outline', __( 'None active', 'igny8' ), __( 'Titles and descriptions are printed by IGNY8 itself, if you want.', 'igny8' ) );
			return;
		}
		$name = IGNY8_Seo_Variables::NAMES[ $plugin['active'] ] . ' ' . $plugin['version'];
		if ( $plugin['configured'] ) {
			self::seo_line( 'yes-alt', $name, __( 'Set up. Titles, descriptions and focus keywords are written where it reads them.', 'igny8' ) );
		} else {
			self::seo_line( 'warning', $name, __( 'Not set up: it prints nothing until its set-up is finished.', 'igny8' ) );
		}
	}

	/**
	 * Field for plain meta tags.
	 */
	public static function meta_tags_field() {
		self::toggle( 'seo_meta_tags', __( 'Print title, description and canonical address when no SEO plugin is active', 'igny8' ) );
	}

	/**
	 * One line about the SEO plugin.
	 *
	 * @param string $icon Dashicon.
	 * @param string $name Plugin.
	 * @param string $text What that means.
	 */
	private static function seo_line( $icon, $name, $text ) {
		printf( '<p class="igny8-seo"><span class="dashicons dashicons-%1$s" aria-hidden="true"></span><strong>%2$s</strong></p>', esc_attr( $icon ), esc_html( $name ) );
		self::description( $text );
	}

	/**
	 * A box that is on or off.
	 *
	 * @param string $setting Setting.
	 * @param string $label   Label.
	 */
	private static function toggle( $setting, $label ) {
		printf( '<input type="hidden" name="%s" value="0">', esc_attr( self::field_name( $setting ) ) );
		self::choice( 'checkbox', self::field_name( $setting ), '1', $label, (bool) IGNY8_Settings::get()[ $setting ] );
	}

	/**
	 * A box or a button with its label.
	 *
	 * @param string $type    Type of input: checkbox or radio.
	 * @param string $name    Name.
	 * @param string $value   Value.
	 * @param string $label   Label.
	 * @param bool   $checked Whether it is chosen.
	 * @param string $more    More about it.
	 */
	private static function choice( $type, $name, $value, $label, $checked, $more = '' ) {
		printf(
			'<label><input type="%s" name="%s" value="%s"%s> %s</label>',
			esc_attr( $type ),
			esc_attr( $name ),
			esc_attr( $value ),
			checked( $checked, true, false ),
			esc_html( $label )
		);
		echo '' === $more ? '<br>' : ' <span class="description">' . esc_html( $more ) . '</span><br>';
	}

	/**
	 * A sentence below a field.
	 *
	 * @param string $text Sentence.
	 */
	private static function description( $text ) {
		echo '<p class="description">' . esc_html( $text ) . '</p>';
	}

	/**
	 * Name of a field.
	 *
	 * @param string $setting Setting.
	 * @return string
	 */
	private static function field_name( $setting ) {
		return IGNY8_Settings::OPTION . '[' . $setting . ']';
	}
}
